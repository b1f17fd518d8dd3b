import { flyteidl } from "../../../idl/flyteidl.ts";
import { bytesField, concatBytes } from "../../../idl/wire.ts";
import { messageOf } from "../../../std/errors.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import type { AdminDeps } from "../admin-deps.ts";

/** Inputs or outputs in a data reply: the encoded LiteralMap, or where to fetch it when it is too large to be inlined. */
export interface StoredData {
  readonly full: Uint8Array;
  readonly url: string;
  readonly bytes: number;
}

const nothing: StoredData = { full: new Uint8Array(), url: "", bytes: 0 };
const linkSeconds = 180;

/** What is at a URI ("" for nothing). What cannot be read is an empty map, with a warning, as in Flyte: a reply half full is better than none. */
export async function storedData(deps: AdminDeps, uri: string): Promise<StoredData> {
  if (uri === "") return nothing;
  try {
    const info = await deps.blobs.head(uri);
    if (info === undefined) return nothing;
    const limit = deps.settings.maxInlineData;
    if (limit === 0 || info.size < limit) return { full: await readBlob(deps.blobs, uri, info.size), url: "", bytes: 0 };
    const { url } = await deps.blobs.signDownload(uri, { expiresInSeconds: linkSeconds });
    return { full: nothing.full, url, bytes: info.size };
  } catch (thrown) {
    deps.logger?.warn("stored data could not be read", { uri, error: messageOf(thrown) });
    return nothing;
  }
}

/** The fields that all data replies share: URLs of outputs and inputs in the given fields, the maps in 3 and 4. */
export function dataFields(
  inputs: StoredData,
  outputs: StoredData,
  fields: { readonly inputs: number; readonly outputs: number },
): Uint8Array {
  const url = ({ url, bytes }: StoredData): Uint8Array => flyteidl.admin.UrlBlob.encode({ url, bytes }).finish();
  return concatBytes(
    bytesField(fields.inputs, url(inputs)),
    bytesField(fields.outputs, url(outputs)),
    bytesField(3, inputs.full),
    bytesField(4, outputs.full),
  );
}

/** Outputs by their URI, or those that a closure holds itself. */
export async function outputsOf(
  deps: AdminDeps,
  closure: { readonly outputUri?: string | null; readonly outputData?: flyteidl.core.LiteralMap.$Properties | null },
): Promise<StoredData> {
  if (closure.outputData != null) return { ...nothing, full: flyteidl.core.LiteralMap.encode(closure.outputData).finish() };
  return await storedData(deps, closure.outputUri ?? "");
}
