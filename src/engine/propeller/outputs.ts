import { readErrorDocument } from "../../ports/read-error-document.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { PluginError } from "../../ports/task-plugin.ts";
import type { TaskTemplate } from "../../idl/types.ts";

export type TaskOutcome =
  | { readonly kind: "SUCCESS"; readonly hasOutputs: boolean; readonly hasDeck: boolean }
  /** It has made a workflow, whose outputs will be its own. */
  | { readonly kind: "DYNAMIC" }
  | { readonly kind: "FAILURE"; readonly retryable: boolean; readonly error: PluginError };

const fail = (code: string, message: string, kind: PluginError["kind"], retryable: boolean): TaskOutcome => ({
  kind: "FAILURE",
  retryable,
  error: { code, message, kind },
});

export const hasDeclaredOutputs = (template: TaskTemplate): boolean => Object.keys(template.interface?.outputs?.variables ?? {}).length > 0;

/**
 * What a task whose plugin reports success really left behind: an error file outranks outputs (a task that raised still
 * exits with 0), and declared outputs must be there, but for a task that has made a workflow (`mayBeDynamic`). What counts is made durable here. Flyte: task/handler.go ValidateOutput.
 */
export async function examineOutputs(
  blobs: BlobStore,
  prefix: string,
  template: TaskTemplate,
  maxOutputSize: number,
  mayBeDynamic: boolean,
): Promise<TaskOutcome> {
  const found = await blobs.find(prefix, ["error.pb", "futures.pb", "outputs.pb", "deck.html"]);
  const failed = found.has("error.pb") ? await readErrorDocument(blobs, `${prefix}/error.pb`) : undefined;
  if (failed) return { kind: "FAILURE", retryable: failed.recoverable, error: failed.error };
  if (mayBeDynamic && found.has("futures.pb")) {
    await blobs.sync(`${prefix}/futures.pb`);
    return { kind: "DYNAMIC" };
  }
  const uri = `${prefix}/outputs.pb`;
  const hasOutputs = hasDeclaredOutputs(template);
  if (hasOutputs) {
    const info = found.get("outputs.pb");
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
  const hasDeck = template.metadata?.generatesDeck?.value !== false && found.has("deck.html");
  if (hasDeck) await blobs.sync(`${prefix}/deck.html`);
  return { kind: "SUCCESS", hasOutputs, hasDeck };
}
