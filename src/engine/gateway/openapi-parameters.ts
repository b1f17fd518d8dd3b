import type { Field, Type } from "protobufjs";
import { reflectedType } from "../../idl/reflection.ts";
import type { FieldPath, HttpBinding } from "./http-route-table.ts";
import { enumSchema } from "./openapi-schemas.ts";
import type { Json, OpenapiSchemas } from "./openapi-schemas.ts";

// Requests hold messages that hold themselves; nobody writes such into a query.
const deepestQuery = 5;

/** What a call is given: variables of the path, a body, and the other fields as a query. */
export function parametersOf({ method, segments, body }: HttpBinding, schemas: OpenapiSchemas): readonly Json[] {
  const request = reflectedType(method.requestName);
  const inPath = segments.flatMap((segment) => ("variable" in segment ? [segment.variable] : []));
  const variables = inPath.map(({ text, fields }) => ({ name: text, in: "path", required: true, ...plainValue(fields.at(-1), schemas) }));
  if (body === "*") return [...variables, bodyOf(schemas.reference(request))];
  const taken = (path: readonly Field[]): boolean =>
    (body !== undefined && path[0] === body) || inPath.some((variable) => samePath(variable, path));
  const query = queryOf(request, [], taken, schemas);
  return [...variables, ...(body === undefined ? [] : [bodyOf(schemas.ofField(body))]), ...query];
}

const bodyOf = (schema: Json): Json => ({ name: "body", in: "body", required: true, schema });

function queryOf(type: Type, parents: readonly Field[], taken: (path: readonly Field[]) => boolean, schemas: OpenapiSchemas): Json[] {
  return type.fieldsArray.flatMap((field): Json[] => {
    const path = [...parents, field];
    if (taken(path)) return [];
    const name = path.map(({ protoName }) => protoName).join(".");
    const { resolvedType } = field;
    const value = plainValue(field, schemas);
    if (value !== undefined && !field.map) {
      const list = { type: "array", items: value, collectionFormat: "multi" };
      return [{ name, in: "query", required: false, ...(field.repeated ? list : value) }];
    }
    // Lists of messages and maps have no place in a query.
    if (resolvedType === null || "values" in resolvedType || field.repeated || field.map) return [];
    const again = parents.some((parent) => parent.resolvedType === resolvedType);
    return again || path.length >= deepestQuery ? [] : queryOf(resolvedType, path, taken, schemas);
  });
}

/** The schema of a value that is one text; undefined for a message. */
function plainValue(field: Field | undefined, schemas: OpenapiSchemas): Json | undefined {
  if (!field) return undefined;
  if (field.resolvedType !== null && "values" in field.resolvedType) return enumSchema(field.resolvedType);
  const schema = schemas.ofValue(field);
  return ["string", "integer", "number", "boolean"].includes(String(schema["type"])) ? schema : undefined;
}

const samePath = ({ fields }: FieldPath, path: readonly Field[]): boolean =>
  fields.length === path.length && fields.every((field, index) => field === path[index]);
