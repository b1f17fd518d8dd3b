import type { IncomingMessage, ServerResponse } from "node:http";

const requestHeaders = "accept, authorization, content-type, flyte-authorization, x-request-id";

/**
 * Whether a request may come from where it says. No Origin header: yes (no browser, or nothing that needs it). The
 * server's own origin and the allowed ones: yes, with the headers of CORS set on the response. Others: no.
 */
export function originAllowed(request: IncomingMessage, response: ServerResponse, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  response.setHeader("vary", "origin");
  if (origin === `http://${host}` || origin === `https://${host}`) return true;
  if (!allowed.includes(origin)) return false;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-allow-credentials", "true");
  response.setHeader("access-control-expose-headers", "x-request-id");
  return true;
}

/** Answers a preflight request of an allowed origin; false when it is none. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): boolean {
  if (
    request.method !== "OPTIONS" ||
    request.headers.origin === undefined ||
    request.headers["access-control-request-method"] === undefined
  )
    return false;
  response.writeHead(204, {
    "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
    "access-control-allow-headers": requestHeaders,
    "access-control-max-age": "600",
  });
  response.end();
  return true;
}
