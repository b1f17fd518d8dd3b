import { flyteidl } from "../idl/flyteidl.ts";
import { hasStatus } from "../idl/status.ts";
import { readBlob } from "./read-blob.ts";
import type { BlobStore } from "./blob-store.ts";
import type { PluginError } from "./task-plugin.ts";

/** Larger ones are not read: a traceback is some kilobytes. */
const largest = 10 << 20;

export interface TaskFailure {
  readonly recoverable: boolean;
  readonly error: PluginError;
}

/**
 * What a task's error.pb says; undefined when there is none. One that cannot be understood is a failure of its own, which
 * the system is to blame for. Flyte: ioutils/remote_file_output_reader.go ReadError.
 */
export async function readErrorDocument(blobs: BlobStore, uri: string): Promise<TaskFailure | undefined> {
  // Most tasks leave none, and an absent object is cheaper to ask about than to read.
  if ((await blobs.head(uri)) === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = await readBlob(blobs, uri, largest);
  } catch (thrown) {
    if (hasStatus(thrown, "NOT_FOUND")) return undefined;
    if (hasStatus(thrown, "RESOURCE_EXHAUSTED")) return badFormat(thrown.message);
    throw thrown;
  }
  let error: flyteidl.core.ContainerError.$Properties | null | undefined;
  try {
    error = flyteidl.core.ErrorDocument.decode(bytes).error;
  } catch {
    error = undefined;
  }
  if (error == null) return badFormat(`error not formatted correctly, nil error @path [${uri}]`);
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
