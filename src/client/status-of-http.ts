import type { IncomingHttpHeaders } from "node:http2";
import { StatusError } from "../idl/status.ts";
import type { StatusName } from "../idl/status.ts";

// gRPC's own table (doc/http-grpc-status-mapping.md) for answers of proxies, which carry no grpc-status. What it leaves
// is INTERNAL and not UNKNOWN.
const ofHttp: Readonly<Record<number, StatusName>> = {
  400: "INTERNAL",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "UNIMPLEMENTED",
  429: "UNAVAILABLE",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "UNAVAILABLE",
};

/** The error in an HTTP answer that holds no gRPC status. */
export function statusOfHttp(headers: IncomingHttpHeaders): StatusError {
  const code = Number(headers[":status"] ?? 0);
  const type = headers["content-type"] ?? "no content type";
  return new StatusError(ofHttp[code] ?? "INTERNAL", `the deployment answered HTTP ${code} (${type}) without a gRPC status`);
}
