import { systemClock } from "../../std/clock.ts";
import type { Answer } from "../answer.ts";
import { streamed } from "../answer.ts";
import type { Deployment } from "../deployment.ts";
import type { RunTarget } from "../target.ts";
import { isOwnAddress } from "./own-address.ts";
import { LogWriter } from "./log-writer.ts";
import { readLogs } from "./read-logs.ts";

/**
 * Writes logs to stdout as they come, those of a node or an execution with a heading where another begins (see LogWriter); with
 * `collect` they are the answer's data.
 */
export async function printLogs(
  deployment: Deployment,
  target: RunTarget,
  options: { readonly follow: boolean; readonly collect: boolean; readonly signal: AbortSignal; readonly notice: (line: string) => void },
): Promise<Answer> {
  const isOwn = (uri: string): boolean => isOwnAddress(uri, deployment.endpoint);
  const collected = new Map<string, { urn: string; name: string; uri: string; gone: string | null; chunks: Uint8Array[] | null }>();
  const writer = new LogWriter(process.stdout, target.kind !== "task_execution");
  for await (const piece of readLogs(deployment.admin, target, options.follow, { clock: systemClock, signal: options.signal, isOwn })) {
    const log = collected.get(piece.uri) ?? {
      urn: piece.urn,
      name: piece.name,
      uri: piece.uri,
      gone: piece.gone ?? null,
      chunks: piece.bytes ? [] : null,
    };
    collected.set(piece.uri, log);
    if (options.collect) {
      if (piece.bytes) log.chunks?.push(piece.bytes);
      continue;
    }
    const several = [...collected.values()].some(({ urn, uri }) => urn === piece.urn && uri !== piece.uri);
    writer.write(piece, several);
  }
  if (!options.collect) {
    writer.end();
    if (collected.size === 0) options.notice("no log has been written");
    return streamed;
  }
  const items = [...collected.values()].map(({ chunks, ...log }) => ({
    ...log,
    text: chunks === null ? null : Buffer.concat(chunks).toString(),
  }));
  return { data: { items, nextToken: null }, text: () => "", urns: items.map(({ urn }) => urn) };
}
