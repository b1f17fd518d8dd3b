import type { IncomingMessage, ServerResponse } from "node:http";
import { StatusError } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";
import type { CallMetadata } from "../authenticate.ts";
import { consolePage, pagePolicy } from "./console-page.ts";
import { answerPreflight, originAllowed } from "./cross-origin.ts";
import type { Dispatch } from "./dispatch.ts";
import { maxReceive } from "./gateway-options.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { hostAllowed } from "./host-check.ts";
import { formsOf, sendError, sendMessage } from "./http-reply.ts";
import { requestMessage } from "./http-request-message.ts";
import { createRouteTable, httpBindings } from "./http-route-table.ts";
import type { RouteMatch } from "./http-route-table.ts";
import { readBody } from "./read-body.ts";
import { requestIdHeader, requestIdOf } from "./request-id.ts";
import type { ServiceMethod } from "./service-methods.ts";

const openapiHeaders = { "content-type": "application/json", "x-content-type-options": "nosniff", "cache-control": "no-cache" };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Everything HTTP/1.1: the API as JSON or protobuf, health, the console, and the host's own routes. */
export function createHttpHandler(
  methods: readonly ServiceMethod[],
  dispatch: Dispatch,
  options: GatewayOptions,
  stopping: AbortSignal,
): Handler {
  // Made at the first request: reflection takes longer than all else of a start.
  let routes: ReturnType<typeof createRouteTable> | undefined;
  const findRoute: ReturnType<typeof createRouteTable> = (verb, path) => (routes ??= createRouteTable(httpBindings(methods)))(verb, path);
  let openapi: Promise<string> | undefined;
  const makeOpenapi = async (): Promise<string> => {
    const { openapiDocument } = await import("./openapi-document.ts");
    return JSON.stringify(openapiDocument(httpBindings(methods), options.version));
  };
  const page = options.consolePage ?? consolePage(options.version);
  const pageHeaders = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": pagePolicy(page),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url?.startsWith("/") ? `http://host${request.url}` : "http://host/invalid");
    const path = target.pathname;
    const requestId = requestIdOf(one(request.headers[requestIdHeader]), options.random);
    response.setHeader(requestIdHeader, requestId);
    if (stopping.aborted) response.shouldKeepAlive = false;

    const { binaryReply, binaryRequest } = formsOf(request.headers);
    const refuse = (error: StatusError, code?: number): void => sendError(response, error, binaryReply, code);

    // Probes name the pod's address as Host; there is nothing to protect here.
    if (path === "/healthcheck" || path === "/healthz")
      return void response.writeHead(options.health.serving() && !stopping.aborted ? 200 : 503).end();
    if (!hostAllowed(request.headers.host, request.socket.localPort ?? 0, options.allowedHosts)) {
      return refuse(
        new StatusError(
          "PERMISSION_DENIED",
          `this server does not answer to the host name "${(request.headers.host ?? "").slice(0, 100)}"`,
        ),
      );
    }
    if (!originAllowed(request, response, options.allowedOrigins)) {
      return refuse(
        new StatusError("PERMISSION_DENIED", `pages of ${(request.headers.origin ?? "").slice(0, 100)} may not call this server`),
      );
    }
    if (answerPreflight(request, response)) return;

    const extra = options.routes?.find(({ prefix }) => path === prefix || path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`));
    if (extra) return await extra.handle(request, response);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isRead && path === "/") return void response.writeHead(302, { location: "/console" }).end();
    if (isRead && (path === "/console" || path.startsWith("/console/"))) {
      return void response.writeHead(200, pageHeaders).end(request.method === "HEAD" ? undefined : page);
    }

    if (isRead && path === "/api/v1/openapi") {
      const text = await (openapi ??= makeOpenapi());
      return void response.writeHead(200, openapiHeaders).end(request.method === "HEAD" ? undefined : text);
    }

    const match = route(request.method ?? "GET", path);
    if (match === "no such path") return refuse(new StatusError("NOT_FOUND", "Not Found"), 404);
    if ("allowed" in match) {
      response.setHeader("allow", match.allowed.join(", "));
      return refuse(new StatusError("UNIMPLEMENTED", "Method Not Allowed"));
    }
    const method = match.binding.method;
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort(new StatusError("CANCELLED", "the caller has gone"));
    });
    const body = await readBody(request, maxReceive);
    const requestBytes = requestMessage({ match, query: target.searchParams, body, binary: binaryRequest });
    const metadata: CallMetadata = (name) => one(request.headers[name]);
    const reply = await dispatch.unary(method, { requestBytes, metadata, requestId, signal: gone.signal });
    sendMessage(response, method.responseName, reply, binaryReply);
  }

  function route(verb: string, path: string): RouteMatch | "no such path" | { readonly allowed: readonly string[] } {
    try {
      return findRoute(verb === "HEAD" ? "GET" : verb, path);
    } catch {
      throw new StatusError("INVALID_ARGUMENT", "the path is not valid percent-encoded UTF-8");
    }
  }

  function fail(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    const { binaryReply } = formsOf(request.headers);
    const tooLarge = thrown instanceof StatusError && thrown.status === "RESOURCE_EXHAUSTED" && !request.complete;
    if (tooLarge) response.shouldKeepAlive = false;
    if (thrown instanceof StatusError) return sendError(response, thrown, binaryReply, tooLarge ? 413 : undefined);
    // The caller broke off while sending.
    if (request.destroyed && !request.complete) return void response.destroy();
    const requestId = String(response.getHeader(requestIdHeader) ?? "");
    const method = `${request.method} ${request.url?.split("?")[0]}`;
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    options.logger.error(`${method} failed unexpectedly: ${messageOf(thrown)}`, { method, requestId, stack });
    options.onInternalError?.({ method, requestId, error: thrown });
    sendError(response, new StatusError("INTERNAL", `internal error; the server's log has it under request id ${requestId}`), binaryReply);
  }

  return (request, response) => {
    response.on("error", () => {});
    handle(request, response)
      .catch((thrown: unknown) => fail(request, response, thrown))
      .catch(() => response.destroy());
  };
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
