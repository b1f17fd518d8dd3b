import { flyteidl } from "../../idl/flyteidl.ts";
import { hasStatus } from "../../idl/status.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { PluginError } from "../../ports/task-plugin.ts";

/** Larger ones are not read: a traceback is some kilobytes. */
const limit = 4 << 20;

export interface TaskFailure {
  readonly recoverable: boolean;
  readonly error: PluginError;
}

/** What the task's error.pb says; undefined when there is none. One that cannot be understood is a failure of its own. */
export async function readErrorDocument(blobs: BlobStore, uri: string): Promise<TaskFailure | undefined> {
  const info = await blobs.head(uri);
  if (!info) return undefined;
  if (info.size > limit) return badFormat(`${uri} has ${info.size} bytes, more than ${limit}`);
  let bytes: Uint8Array;
  try {
    const parts: Uint8Array[] = [];
    for await (const part of (await blobs.get(uri)).body) parts.push(part);
    bytes = Buffer.concat(parts);
  } catch (error) {
    if (hasStatus(error, "NOT_FOUND")) return undefined;
    throw error;
  }
  let document;
  try {
    document = flyteidl.core.ErrorDocument.decode(bytes);
  } catch {
    return badFormat(`${uri} is not an error document`);
  }
  const { error } = document;
  if (error == null) return badFormat(`${uri} holds no error`);
  return {
    recoverable: error.kind === flyteidl.core.ContainerError.Kind.RECOVERABLE,
    error: {
      code: error.code ?? "",
      message: error.message ?? "",
      kind: error.origin === flyteidl.core.ExecutionError.ErrorKind.SYSTEM ? "SYSTEM" : "USER",
    },
  };
}

function badFormat(message: string): TaskFailure {
  return { recoverable: true, error: { code: "ErrorFileBadFormat", message, kind: "SYSTEM" } };
}
