import { flyteidl } from "../../idl/flyteidl.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { perRetryUniqueKey, type TemplateValues } from "./render-template.ts";

/**
 * What the placeholders of an attempt stand for. Where tasks share this machine's files, metadata (inputs, outputs) is
 * given as paths, which spares them the object store's client; raw data keeps its URI, because it ends up in literals.
 * With `taskTemplate`, the template is stored for the task to read.
 */
export async function templateValues(
  context: TaskContext,
  blobs: BlobStore,
  options: { readonly sharesFiles: boolean; readonly taskTemplate: boolean },
): Promise<TemplateValues> {
  const place = async (uri: string): Promise<string> => (options.sharesFiles ? ((await blobs.localPath(uri)) ?? uri) : uri);
  const { execution } = context.id.node;
  let taskTemplatePath: string | undefined;
  if (options.taskTemplate) {
    const uri = `${context.outputPrefix}/task.pb`;
    await blobs.put(uri, flyteidl.core.TaskTemplate.encode(context.template).finish());
    taskTemplatePath = await place(uri);
  }
  const input = await place(context.inputUri);
  return {
    input,
    inputPrefix: input.slice(0, Math.max(0, input.lastIndexOf("/"))),
    outputPrefix: (await place(context.outputPrefix)).replace(/\/$/, ""),
    rawOutputDataPrefix: context.rawOutputPrefix,
    checkpointOutputPrefix: context.checkpointPrefix,
    prevCheckpointPrefix: context.previousCheckpointPrefix,
    perRetryUniqueKey: perRetryUniqueKey(context.generatedName),
    namespace: `${execution.project}-${execution.domain}`,
    taskTemplatePath,
  };
}
