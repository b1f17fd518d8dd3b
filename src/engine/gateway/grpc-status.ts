import { Metadata } from "@grpc/grpc-js";
import { google } from "../../idl/flyteidl.ts";
import { statusCodes } from "../../idl/status.ts";
import type { StatusError } from "../../idl/status.ts";

// Clients bound what they accept as trailers (flytekit 32 KiB, others 8); a status beyond it would be lost as a whole.
const maxMessage = 12 << 10;
const maxDetails = 6 << 10;

/** Cuts a text to `limit` bytes of its percent-encoded form, which is how it is sent. */
export function boundedMessage(message: string, limit: number = maxMessage): string {
  if (encodeURI(message.toWellFormed()).length <= limit) return message;
  let kept = "";
  let size = 0;
  for (const character of message.toWellFormed()) {
    size += encodeURI(character).length;
    if (size > limit - 16) break;
    kept += character;
  }
  return `${kept}… (cut)`;
}

/** google.rpc.Status of an error, encoded. */
export function encodeStatus(error: StatusError, message: string = error.message): Uint8Array {
  return google.rpc.Status.encode({
    code: statusCodes[error.status],
    message,
    details: error.details.map(({ typeName, value }) => ({ type_url: `type.googleapis.com/${typeName}`, value })),
  }).finish();
}

/** An error as grpc-js sends it; details go into `grpc-status-details-bin` as far as clients accept them. */
export function grpcStatus(error: StatusError): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  const details = boundedMessage(error.message, error.details.length > 0 ? maxMessage / 2 : maxMessage);
  if (error.details.length > 0) {
    const encoded = encodeStatus(error, details);
    if (encoded.length <= maxDetails + maxMessage / 2) metadata.set("grpc-status-details-bin", Buffer.from(encoded));
  }
  return { code: statusCodes[error.status], details, metadata };
}
