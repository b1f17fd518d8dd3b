import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { flyteidl } from "../idl/flyteidl.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { readBlob } from "../ports/read-blob.ts";
import { failedWhile } from "./failed-while.ts";
import { largestLiteral, writeLiteralMap } from "./literal-files.ts";
import type { MetadataFormat } from "../ports/container-data.ts";
import { withTransfers } from "./transfers.ts";

export interface DownloadRequest {
  /** Of inputs.pb. */
  readonly inputUri: string;
  readonly directory: string;
  /** Where the task finds it, when that is under another path. */
  readonly seenAt?: string;
  readonly format: MetadataFormat;
}

/**
 * Lays an attempt's inputs out as files of `directory`, which is made: one file or directory a variable, inputs.pb with the
 * paths of what was downloaded, and inputs.json or inputs.yaml. Rejects with what failed, in Flyte's words.
 * Flyte: flytecopilot/data/download.go DownloadInputs.
 */
export async function downloadInputs(
  blobs: BlobStore,
  { inputUri, directory, seenAt = directory, format }: DownloadRequest,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const seenAs = (file: string): string => path.posix.join(seenAt, path.relative(directory, file));
  const inputs = await failedWhile("failed to download input metadata message from remote store", async () =>
    flyteidl.core.LiteralMap.decode(await readBlob(blobs, inputUri, largestLiteral)),
  );
  const { map, json } = await failedWhile("failed to download input variable from remote store", () =>
    withTransfers(signal, (transfers, either) => writeLiteralMap({ blobs, signal: either, transfers, seenAs }, inputs, directory)),
  );
  await writeFile(path.join(directory, "inputs.pb"), flyteidl.core.LiteralMap.encode(map).finish());
  if (format === "JSON") await writeFile(path.join(directory, "inputs.json"), json);
  if (format === "YAML") await writeFile(path.join(directory, "inputs.yaml"), await yamlOf(json));
}

/** JSON is YAML; integers beyond 2^53 keep their digits. */
async function yamlOf(json: string): Promise<string> {
  const { parse, stringify } = await import("yaml");
  return stringify(parse(json, { intAsBigInt: true }), { lineWidth: 0 });
}
