import { flyteidl } from "../../idl/flyteidl.ts";
import type { TaskTemplate } from "../../idl/types.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { identifierOf, nodeExecutionIdentifierOf } from "../../idl/identifiers.ts";
import { attemptLabels } from "../machinery/attempt-labels.ts";
import { renderTemplate, wantsTaskTemplate } from "../machinery/render-template.ts";
import { templateValues } from "../machinery/template-values.ts";

type CreateRequestHeader = flyteidl.admin.CreateRequestHeader.$Properties;

/**
 * What a connector is told of an attempt: its template with the placeholders of its arguments rendered, where its outputs belong,
 * and whose it is. Flyte: connector/plugin.go Create; of the metadata it, too, sends no more than this. RangeError for a placeholder that has no value.
 */
export async function createHeader(context: TaskContext, blobs: BlobStore): Promise<CreateRequestHeader> {
  const { project, domain } = context.id.node.execution;
  return {
    template: await rendered(context, blobs),
    outputPrefix: context.outputPrefix,
    taskExecutionMetadata: {
      taskExecutionId: {
        taskId: identifierOf("TASK", context.id.task),
        nodeExecutionId: nodeExecutionIdentifierOf(context.id.node),
        retryAttempt: context.id.retryAttempt,
      },
      namespace: `${project}-${domain}`,
      labels: attemptLabels(context),
      annotations: context.annotations ?? {},
      k8sServiceAccount: context.serviceAccount ?? "",
      environmentVariables: context.env,
      identity: context.identity ?? null,
    },
  };
}

async function rendered(context: TaskContext, blobs: BlobStore): Promise<TaskTemplate> {
  const args = context.template.container?.args ?? [];
  if (!args.some((arg) => arg.includes("{{"))) return context.template;
  const values = await templateValues(context, blobs, { sharesFiles: false, taskTemplate: args.some(wantsTaskTemplate) });
  const inputs = await context.inputs();
  const { TaskTemplate } = flyteidl.core;
  // One of our own: the other is rendered again by the next attempt.
  const template = TaskTemplate.decode(TaskTemplate.encode(context.template).finish());
  if (template.container != null) template.container.args = args.map((arg) => renderTemplate(arg, values, inputs));
  return template;
}
