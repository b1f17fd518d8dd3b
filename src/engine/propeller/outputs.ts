import { flyteidl } from "../../idl/flyteidl.ts";
import { hasStatus } from "../../idl/status.ts";
import { readBlob } from "../../ports/read-blob.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { PluginError } from "../../ports/task-plugin.ts";
import type { TaskTemplate } from "../../idl/types.ts";

export type TaskOutcome =
  | { readonly kind: "SUCCESS"; readonly hasOutputs: boolean; readonly hasDeck: boolean }
  | { readonly kind: "FAILURE"; readonly retryable: boolean; readonly error: PluginError };

const fail = (code: string, message: string, kind: PluginError["kind"], retryable: boolean): TaskOutcome => ({
  kind: "FAILURE",
  retryable,
  error: { code, message, kind },
});

async function readErrorFile(blobs: BlobStore, uri: string, limit: number): Promise<TaskOutcome | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readBlob(blobs, uri, limit);
  } catch (thrown) {
    if (hasStatus(thrown, "NOT_FOUND")) return undefined;
    if (hasStatus(thrown, "RESOURCE_EXHAUSTED")) return fail("ErrorFileBadFormat", thrown.message, "SYSTEM", true);
    throw thrown;
  }
  let error: flyteidl.core.ContainerError.$Properties | null | undefined;
  try {
    error = flyteidl.core.ErrorDocument.decode(bytes).error;
  } catch {
    error = undefined;
  }
  if (error == null) return fail("ErrorFileBadFormat", `error not formatted correctly, nil error @path [${uri}]`, "SYSTEM", true);
  const kind = error.origin === flyteidl.core.ExecutionError.ErrorKind.SYSTEM ? "SYSTEM" : "USER";
  return fail(error.code ?? "", error.message ?? "", kind, error.kind === flyteidl.core.ContainerError.Kind.RECOVERABLE);
}

/**
 * What a task whose plugin reports success really left behind: an error file outranks outputs (a task that raised still
 * exits with 0), and declared outputs must be there. What counts is made durable here. Flyte: task/handler.go ValidateOutput.
 */
export async function examineOutputs(
  blobs: BlobStore,
  prefix: string,
  template: TaskTemplate,
  maxOutputSize: number,
): Promise<TaskOutcome> {
  const failed = await readErrorFile(blobs, `${prefix}/error.pb`, maxOutputSize);
  if (failed) return failed;
  if ((await blobs.head(`${prefix}/futures.pb`)) !== undefined) {
    return fail(
      "DynamicWorkflowsUnsupported",
      "the task made a dynamic workflow (futures.pb), which this version cannot run",
      "SYSTEM",
      false,
    );
  }
  const uri = `${prefix}/outputs.pb`;
  const hasOutputs = Object.keys(template.interface?.outputs?.variables ?? {}).length > 0;
  if (hasOutputs) {
    const info = await blobs.head(uri);
    if (info === undefined) return fail("OutputsNotFound", `outputs not found: the task ended without writing [${uri}]`, "SYSTEM", true);
    if (info.size > maxOutputSize) {
      return fail(
        "OutputSizeExceeded",
        `output file [${uri}] has [${info.size}] bytes, more than the limit of [${maxOutputSize}]`,
        "USER",
        false,
      );
    }
    await blobs.sync(uri);
  }
  const hasDeck = template.metadata?.generatesDeck?.value !== false && (await blobs.head(`${prefix}/deck.html`)) !== undefined;
  if (hasDeck) await blobs.sync(`${prefix}/deck.html`);
  return { kind: "SUCCESS", hasOutputs, hasDeck };
}
