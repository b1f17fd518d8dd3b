import { fromJsonValue } from "../../../src/idl/json/from-json-value.ts";
import type { JsonValue } from "../../../src/idl/json/json-value.ts";
import services from "../../../src/idl/gen/services.js";
import { reflectedType } from "../../../src/idl/reflection.ts";
import { codecOf } from "../../../src/engine/gateway/service-methods.ts";
import type { ServedEngine } from "../../support/served-engine.ts";

/** Calls a method with a request in protobuf's JSON form, over gRPC. */
export async function callRecorded(engine: ServedEngine, method: string, request: JsonValue): Promise<object> {
  const [serviceName = "", name = ""] = method.split("/");
  const service = `flyteidl.service.${serviceName}`;
  const types = services[service]?.[name];
  if (!types) throw new Error(`there is no method ${method}`);
  const bytes = codecOf(types.request)
    .encode(fromJsonValue(reflectedType(types.request), request))
    .finish();
  return codecOf(types.response).decode(await engine.client.unary(service, name, bytes));
}
