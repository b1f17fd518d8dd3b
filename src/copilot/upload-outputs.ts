import { readFile } from "node:fs/promises";
import { flyteidl } from "../idl/flyteidl.ts";
import { protoText } from "../idl/type-text.ts";
import type { Literal, LiteralType, VariableMap } from "../idl/types.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { nameWithin } from "./name-within.ts";
import { outputFile } from "./output-file.ts";
import { simpleLiteral } from "./simple-literal.ts";
import { toldError } from "./told-error.ts";
import { type Transfers, withTransfers } from "./transfers.ts";
import { uploadBlob } from "./upload-blob.ts";

export interface UploadRequest {
  /** Where the task has left its outputs. */
  readonly directory: string;
  readonly outputs: VariableMap;
  /** Of the message that says what the outputs are: outputs.pb. */
  readonly outputUri: string;
  /** Prefix of the attempt's own; blobs lie below it under their variables' names. */
  readonly rawOutputPrefix: string;
}

/** Of what is not uploaded as a file. */
const largestSimple = 1024;

/**
 * Reads a task's outputs from the files it has left and writes them, outputs.pb last. Rejects with what failed, in Flyte's
 * words. Flyte: flytecopilot/data/upload.go RecursiveUpload.
 */
export async function uploadOutputs(blobs: BlobStore, request: UploadRequest, signal: AbortSignal): Promise<void> {
  const { directory, outputs } = request;
  const told = await toldError(directory);
  if (told !== undefined) throw new Error(told);
  const literals: Record<string, Literal> = {};
  await withTransfers(signal, async (transfers) => {
    const variables = Object.entries(outputs.variables ?? {});
    for (const [, { type }] of variables) checkType(type ?? {});
    for (const [name, { type }] of variables) literals[name] = await outputOf({ ...request, blobs, transfers }, name, type ?? {});
  });
  await blobs.put(request.outputUri, flyteidl.core.LiteralMap.encode({ literals }).finish());
}

function checkType(type: LiteralType): void {
  if (type.blob == null && type.simple == null) {
    throw new Error(`currently CoPilot uploader does not support [${protoText(type)}], system error`);
  }
}

async function outputOf(
  { directory, rawOutputPrefix, blobs, transfers }: UploadRequest & { readonly blobs: BlobStore; readonly transfers: Transfers },
  name: string,
  type: LiteralType,
): Promise<Literal> {
  nameWithin(directory, name);
  const file = await outputFile(directory, name);
  if (type.simple == null) return await uploadBlob({ blobs, directory, transfers }, file, `${rawOutputPrefix.replace(/\/$/, "")}/${name}`);
  const typeName = flyteidl.core.SimpleType[type.simple] ?? String(type.simple);
  if (file.stats.isDirectory()) throw new Error(`expected file for type [${typeName}], found dir at path [${nameWithin(directory, name)}]`);
  if (file.stats.size > largestSimple) {
    throw new Error(`maximum allowed filesize is [${largestSimple}], but found [${file.stats.size}]`);
  }
  return simpleLiteral(type.simple, await readFile(file.path, "utf8"));
}
