import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { toJsonValue } from "../../idl/json/to-json-value.ts";
import { reflectedType } from "../../idl/reflection.ts";
import type { StatusError } from "../../idl/status.ts";
import { encodeStatus } from "./grpc-status.ts";
import { httpStatusOf } from "./http-status.ts";
import { codecOf } from "./service-methods.ts";

export const binaryType = "application/octet-stream";

/** Which forms a request's body has and its reply shall have. As in Flyte's gateway, the reply is in the form of the body unless Accept asks for another. */
export function formsOf(headers: IncomingHttpHeaders): { binaryRequest: boolean; binaryReply: boolean } {
  const types = (value: string | undefined): string[] =>
    (value ?? "").split(",").map((part) => (part.split(";")[0] ?? "").trim().toLowerCase());
  const binaryRequest = types(headers["content-type"]).includes(binaryType);
  const accepted = types(headers.accept);
  return { binaryRequest, binaryReply: accepted.includes(binaryType) || (binaryRequest && !accepted.includes("application/json")) };
}

/** An encoded message in the gateway's dialect of JSON: proto names, unpopulated fields present. */
export function messageJson(fullName: string, bytes: Uint8Array): string {
  return JSON.stringify(
    toJsonValue(reflectedType(fullName), codecOf(fullName).decode(bytes), { emitUnpopulated: true, fieldNames: "proto" }),
  );
}

export function sendMessage(response: ServerResponse, fullName: string, bytes: Uint8Array, binary: boolean): void {
  send(response, 200, binary ? binaryType : "application/json", binary ? bytes : messageJson(fullName, bytes));
}

/** `{code, message, details}` (google.rpc.Status), with the HTTP code of the status unless another is given. */
export function sendError(response: ServerResponse, error: StatusError, binary: boolean, code: number = httpStatusOf(error.status)): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = encodeStatus(error);
  send(response, code, binary ? binaryType : "application/json", binary ? status : errorJson(status));
}

/** Details of a broken message are left out rather than losing the error. */
function errorJson(status: Uint8Array): string {
  const type = "google.rpc.Status";
  try {
    return messageJson(type, status);
  } catch {
    const { code, message } = codecOf(type).decode(status) as { code?: number; message?: string };
    return JSON.stringify({ code: code ?? 0, message: message ?? "", details: [] });
  }
}

function send(response: ServerResponse, code: number, type: string, body: string | Uint8Array): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(code, {
    "content-type": type,
    "content-length": bytes.length,
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  response.end(bytes);
}
