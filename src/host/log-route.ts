import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpRoute } from "../engine/gateway/gateway-options.ts";
import type { ComputeBackend } from "../ports/compute-backend.ts";

const prefix = "/logs/";

/** Path of an attempt's log below the public URL. */
export function logPath(generatedName: string): string {
  return `${prefix}${encodeURIComponent(generatedName)}`;
}

interface ServedLogs extends Pick<ComputeBackend, "logs"> {
  /** False for what is no longer kept. */
  hasLog?(name: string): boolean;
}

/** Serves what attempts wrote, as plain text; 410 for what is no longer kept; `?follow=true` goes on to the end of the attempt. */
export function logRoute(compute: ServedLogs): HttpRoute {
  return { prefix, handle: (request, response) => serve(compute, request, response) };
}

async function serve(compute: ServedLogs, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const name = decodeName(url.pathname.slice(prefix.length));
  if (request.method !== "GET" || name === undefined || !/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) {
    response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("no such log\n");
    return;
  }
  if (compute.hasLog?.(name) === false) {
    response
      .writeHead(410, { "content-type": "text/plain; charset=utf-8" })
      .end(
        `the log of ${name} is no longer kept: the newest ones are, up to a number, a size and an age (or there never was such an attempt)\n`,
      );
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, {
    "content-type": "text/plain; charset=utf-8",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  response.flushHeaders();
  for await (const chunk of compute.logs(name, { follow: url.searchParams.get("follow") === "true", signal: gone.signal })) {
    // To a reader who has gone neither `drain` nor `close` would come any more.
    if (gone.signal.aborted) return;
    if (!response.write(chunk)) await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
    if (gone.signal.aborted) return;
  }
  response.end();
}

function decodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
