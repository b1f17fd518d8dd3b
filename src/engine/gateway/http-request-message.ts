import type { Type } from "protobufjs";
import { fromJsonValue } from "../../idl/json/from-json-value.ts";
import type { JsonValue } from "../../idl/json/json-value.ts";
import { reflectedType } from "../../idl/reflection.ts";
import { StatusError } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";
import type { RouteMatch } from "./http-route-table.ts";
import { codecOf } from "./service-methods.ts";
import { setPathParameter, setQueryParameters } from "./text-parameters.ts";

/** What of an HTTP request makes the message. */
export interface HttpMessageParts {
  readonly match: RouteMatch;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  /** The body is encoded protobuf, not JSON. */
  readonly binary: boolean;
}

/**
 * The encoded request of an HTTP call: body, then path parameters, then (unless the body is the whole message) query
 * parameters. A binary body that already says what the path says is passed on as it came. INVALID_ARGUMENT for anything
 * that does not fit.
 */
export function requestMessage({ match, query, body, binary }: HttpMessageParts): Uint8Array {
  const { binding, variables } = match;
  const { requestName, request: codec } = binding.method;
  const requestType = reflectedType(requestName);
  let message: Record<string, unknown> = {};
  if (binding.body === "*" && body.length > 0) {
    message = (binary ? decodeBody(requestType, body) : fromJsonValue(requestType, parseJson(body))) as Record<string, unknown>;
  } else if (binding.body !== undefined && binding.body !== "*" && body.length > 0) {
    const field = binding.body;
    const inner = field.resolvedType;
    if (inner === null || !("fields" in inner)) throw new StatusError("INVALID_ARGUMENT", `${field.name} cannot be a body`);
    message[field.name] = binary ? decodeBody(inner, body) : fromJsonValue(inner, parseJson(body), field.protoName);
  }
  if (binary && binding.body === "*" && body.length > 0) {
    const before = codec.encode(message).finish();
    for (const { path, value } of variables) setPathParameter(message, path, value);
    const after = codec.encode(message).finish();
    return Buffer.compare(before, after) === 0 ? body : after;
  }
  for (const { path, value } of variables) setPathParameter(message, path, value);
  if (binding.body !== "*")
    setQueryParameters(
      message,
      requestType,
      query,
      variables.map(({ path }) => path),
    );
  return codec.encode(message).finish();
}

function decodeBody(type: Type, body: Uint8Array): object {
  try {
    return codecOf(type.fullName.slice(1)).decode(body);
  } catch (error) {
    throw new StatusError("INVALID_ARGUMENT", `the body is not a ${type.fullName.slice(1)}: ${messageOf(error)}`, [], error);
  }
}

function parseJson(body: Uint8Array): JsonValue {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as JsonValue;
  } catch (error) {
    throw new StatusError("INVALID_ARGUMENT", `the body is not JSON: ${messageOf(error)}`, [], error);
  }
}
