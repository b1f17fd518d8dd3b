import { systemClock } from "../../std/clock.ts";
import type { Answer } from "../answer.ts";
import { streamed } from "../answer.ts";
import type { Deployment } from "../deployment.ts";
import type { RunTarget } from "../target.ts";
import { isOwnAddress } from "./own-address.ts";
import { readLogs } from "./read-logs.ts";

/** Writes logs to stdout as they come, with a heading on stderr where another begins; with `collect` they are the answer's data. */
export async function printLogs(
  deployment: Deployment,
  target: RunTarget,
  options: { readonly follow: boolean; readonly collect: boolean; readonly signal: AbortSignal; readonly notice: (line: string) => void },
): Promise<Answer> {
  const isOwn = (uri: string): boolean => isOwnAddress(uri, deployment.endpoint);
  const collected = new Map<string, { urn: string; name: string; uri: string; chunks: Uint8Array[] | null }>();
  let last = "";
  for await (const piece of readLogs(deployment.admin, target, options.follow, { clock: systemClock, signal: options.signal, isOwn })) {
    const log = collected.get(piece.uri) ?? { urn: piece.urn, name: piece.name, uri: piece.uri, chunks: piece.bytes ? [] : null };
    collected.set(piece.uri, log);
    if (options.collect) {
      if (piece.bytes) log.chunks?.push(piece.bytes);
      continue;
    }
    if (last !== piece.uri) options.notice(`${piece.urn}: ${piece.uri}`);
    last = piece.uri;
    if (piece.bytes) process.stdout.write(piece.bytes);
  }
  if (!options.collect) {
    if (collected.size === 0) options.notice("no log has been written");
    return streamed;
  }
  const items = [...collected.values()].map(({ chunks, ...log }) => ({
    ...log,
    text: chunks === null ? null : Buffer.concat(chunks).toString(),
  }));
  return { data: { items, nextToken: null }, text: () => "", urns: items.map(({ urn }) => urn) };
}
