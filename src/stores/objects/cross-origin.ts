import type { S3Reply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";

const exposed = "ETag, Content-Range, Content-Disposition, Last-Modified, x-amz-request-id, x-amz-meta-content-md5";
const longestHeaderList = 2048;

/** The headers that let a page of `origin` read the answer: none for origins that are not in the list. A page of the server itself needs none. */
export function crossOriginHeaders(request: S3Request, origins: readonly string[]): Record<string, string> {
  const origin = request.header("origin");
  if (origin === undefined) return {};
  if (!isAllowed(request, origin, origins)) return { vary: "Origin" };
  return { vary: "Origin", "access-control-allow-origin": origin, "access-control-expose-headers": exposed };
}

/** The answer to a preflight, which browsers send unsigned. Throws AccessForbidden. */
export function answerPreflight(request: S3Request, origins: readonly string[]): S3Reply {
  const origin = request.header("origin");
  const method = request.header("access-control-request-method") ?? "";
  if (origin === undefined || !isAllowed(request, origin, origins) || !["GET", "HEAD", "PUT"].includes(method)) {
    throw new S3Error("AccessForbidden", "CORSResponse: This CORS request is not allowed.");
  }
  const wanted = (request.header("access-control-request-headers") ?? "").slice(0, longestHeaderList).replace(/[^\w\s,.-]/g, "");
  return {
    status: 200,
    headers: {
      "content-length": "0",
      "access-control-allow-methods": "GET, HEAD, PUT",
      ...(wanted === "" ? {} : { "access-control-allow-headers": wanted }),
      "access-control-max-age": "600",
    },
  };
}

function isAllowed(request: S3Request, origin: string, origins: readonly string[]): boolean {
  return origin === `http://${request.header("host")}` || origins.includes(origin);
}
