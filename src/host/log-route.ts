import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpRoute } from "../engine/gateway/gateway-options.ts";
import type { LogSource } from "./log-source.ts";

const prefix = "/logs/";
/** Readers at a time; each may hold a connection for as long as its task runs. */
const mostReaders = 200;

const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", "cache-control": "no-store" };

/** Path of an attempt's log below the public URL. */
export function logPath(...segments: readonly string[]): string {
  return `${prefix}${segments.map(encodeURIComponent).join("/")}`;
}

/**
 * Serves what attempts wrote, as plain text; `?follow=true` goes on to the end of the attempt, `?container=` names one of several.
 * What cannot be read is answered with a sentence; 429 for one reader too many.
 */
export function logRoute(source: LogSource): HttpRoute {
  let readers = 0;
  return {
    prefix,
    async handle(request, response) {
      if (readers >= mostReaders) return refuse(response, 429, `${mostReaders} logs are being read at once; try again when one has ended`);
      readers++;
      try {
        await serve(source, request, response);
      } finally {
        readers--;
      }
    },
  };
}

async function serve(source: LogSource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const segments = decoded(url.pathname.slice(prefix.length));
  if (request.method !== "GET" || segments === undefined) return refuse(response, 404, "no such log");
  const gone = new AbortController();
  const { signal } = gone;
  response.once("close", () => gone.abort());
  try {
    const follow = url.searchParams.get("follow") === "true";
    const log = await source.open({ segments, container: url.searchParams.get("container") ?? undefined, follow, signal });
    if ("why" in log) return refuse(response, log.status, log.why);
    response.writeHead(200, headers);
    response.flushHeaders();
    for await (const piece of log.pieces) {
      // To a reader who has gone neither `drain` nor `close` would come any more.
      if (signal.aborted) return;
      if (!response.write(piece)) await once(response, "drain", { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
    response.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, headers).end(`${why}\n`);
}

/** Undefined for what is no percent-encoded UTF-8. */
function decoded(path: string): readonly string[] | undefined {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
