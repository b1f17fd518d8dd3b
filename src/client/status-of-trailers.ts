import type { IncomingHttpHeaders } from "node:http2";
import { google } from "../idl/flyteidl.ts";
import { StatusError, statusCodes } from "../idl/status.ts";
import type { StatusDetail, StatusName } from "../idl/status.ts";

const nameOfCode = new Map<number, StatusName>(Object.entries(statusCodes).map(([name, code]) => [code, name as StatusName]));
const typeUrlPrefix = /^.*\//;

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** grpc-message is percent-encoded UTF-8; what is not is shown as it came. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function detailsOf(encoded: string | undefined): StatusDetail[] {
  if (encoded === undefined) return [];
  try {
    const status = google.rpc.Status.decode(Buffer.from(encoded, "base64"));
    return (status.details ?? []).map((any) => ({
      typeName: (any.type_url ?? "").replace(typeUrlPrefix, ""),
      value: any.value ?? new Uint8Array(),
    }));
  } catch {
    return [];
  }
}

/** What gRPC's trailers say: undefined for OK or when there is no grpc-status in them, else the error with its details. */
export function statusOfTrailers(headers: IncomingHttpHeaders): StatusError | undefined {
  const code = one(headers["grpc-status"]);
  if (code === undefined || code === "0") return undefined;
  const message = decodeMessage(one(headers["grpc-message"]) ?? "");
  return new StatusError(nameOfCode.get(Number(code)) ?? "UNKNOWN", message, detailsOf(one(headers["grpc-status-details-bin"])));
}
