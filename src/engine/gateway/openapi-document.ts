import { reflectedType } from "../../idl/reflection.ts";
import { methodOptions } from "./http-route-table.ts";
import type { HttpBinding } from "./http-route-table.ts";
import { createOpenapiSchemas } from "./openapi-schemas.ts";
import { parametersOf } from "./openapi-parameters.ts";
import type { Json } from "./openapi-schemas.ts";

const statusMessage = "google.rpc.Status";

/**
 * The HTTP API as an OpenAPI 2 document, in the form that protoc-gen-openapiv2 gives Flyte's: names of proto fields,
 * operations as `<service>_<method>`.
 */
export function openapiDocument(bindings: readonly HttpBinding[], version: string): Json {
  const schemas = createOpenapiSchemas([...bindings.flatMap(({ method }) => [method.requestName, method.responseName]), statusMessage]);
  const paths: Record<string, Record<string, Json>> = {};
  const count = new Map<string, number>();
  const failure = { description: "An unexpected error response.", schema: schemas.reference(reflectedType(statusMessage)) };
  for (const binding of bindings) {
    const { method } = binding;
    const service = method.service.split(".").at(-1) ?? "";
    const number = (count.get(method.fullName) ?? 0) + 1;
    count.set(method.fullName, number);
    const parameters = parametersOf(binding, schemas);
    const description = descriptionOf(binding);
    const operations = (paths[pathOf(binding)] ??= {});
    operations[binding.verb.toLowerCase()] = {
      ...(description !== undefined && { description }),
      operationId: `${service}_${method.name}${number === 1 ? "" : number}`,
      responses: {
        "200": { description: "A successful response.", schema: schemas.reference(reflectedType(method.responseName)) },
        default: failure,
      },
      ...(parameters.length > 0 && { parameters }),
      tags: [service],
    };
  }
  const types = ["application/json", "application/octet-stream"];
  return {
    swagger: "2.0",
    info: { title: "Flyte", version },
    tags: [...new Set(bindings.map(({ method }) => method.service.split(".").at(-1) ?? ""))].map((name) => ({ name })),
    consumes: types,
    produces: types,
    paths,
    definitions: schemas.definitions(),
  };
}

/** What the method's own options say of it to readers. */
function descriptionOf({ method }: HttpBinding): string | undefined {
  const options = methodOptions(method, "(grpc.gateway.protoc_gen_openapiv2.options.openapiv2_operation)");
  const [description] = options.map((option) => option["description"]);
  return typeof description === "string" ? description : undefined;
}

function pathOf({ segments }: HttpBinding): string {
  return segments.map((segment) => `/${"literal" in segment ? segment.literal : `{${segment.variable.text}}`}`).join("");
}
