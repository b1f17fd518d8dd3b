import { flyteidl } from "../../idl/flyteidl.ts";
import { entityIdOf, executionIdOf } from "../../idl/identifiers.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import { StatusError } from "../../idl/status.ts";
import type { LiteralMap } from "../../idl/types.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { ExecutionEvent } from "../../ports/event-sink.ts";

export interface OffloadSettings {
  readonly container: string;
  readonly maxOutputSize: number;
}

/**
 * Puts what an event carries inline (outputs, inputs, a dynamic workflow's closure) into the object store and gives the
 * event with their URIs instead: rows stay small. Throws RESOURCE_EXHAUSTED when outputs are too large.
 */
export async function offloadEventData(
  event: ExecutionEvent,
  blobs: BlobStore,
  settings: OffloadSettings,
): Promise<{ readonly event: ExecutionEvent; readonly dynamicWorkflowClosureUri: string }> {
  const message = event.event;
  const put = (uri: string, bytes: Uint8Array): Promise<string> => blobs.put(uri, bytes).then(() => uri);
  const prefix = `${settings.container}/metadata/${pathOf(event)}`;
  if (message.outputData != null) {
    const bytes = flyteidl.core.LiteralMap.encode(message.outputData).finish();
    if (settings.maxOutputSize > 0 && bytes.length > settings.maxOutputSize) throw tooLarge(bytes.length, settings.maxOutputSize);
    message.outputUri = await put(`${prefix}/offloaded_outputs`, bytes);
    message.outputData = null;
  }
  const withInputs: { inputUri?: string | null; inputData?: LiteralMap | null } | undefined =
    event.level === "workflow" ? undefined : event.event;
  if (withInputs?.inputData != null) {
    withInputs.inputUri = await put(`${prefix}/offloaded_inputs`, flyteidl.core.LiteralMap.encode(withInputs.inputData).finish());
    withInputs.inputData = null;
  }
  const dynamic = event.level === "node" ? event.event.taskNodeMetadata?.dynamicWorkflow : undefined;
  if (event.level !== "node" || dynamic?.compiledWorkflow == null) return { event, dynamicWorkflowClosureUri: "" };
  const workflow = entityIdOf(dynamic.id);
  const execution = executionPath(executionIdOf(event.event.id?.executionId));
  const uri = `${settings.container}/metadata/admin/${execution}/${event.event.id?.nodeId}/${workflow.project}_${workflow.domain}_${workflow.name}_${workflow.version}`;
  const bytes = flyteidl.core.CompiledWorkflowClosure.encode(dynamic.compiledWorkflow).finish();
  return { event, dynamicWorkflowClosureUri: await put(uri, bytes) };
}

const tooLarge = (size: number, limit: number): StatusError =>
  new StatusError("RESOURCE_EXHAUSTED", `Output data size exceeds platform configured threshold (${size} > ${limit})`);

const executionPath = (id: WorkflowExecutionId): string => `${id.project}/${id.domain}/${id.name}`;

function pathOf(event: ExecutionEvent): string {
  switch (event.level) {
    case "workflow":
      return executionPath(executionIdOf(event.event.executionId));
    case "node":
      return `${executionPath(executionIdOf(event.event.id?.executionId))}/${event.event.id?.nodeId}`;
    case "task": {
      const node = event.event.parentNodeExecutionId;
      const task = entityIdOf(event.event.taskId);
      const attempt = event.event.retryAttempt ?? 0;
      return `${executionPath(executionIdOf(node?.executionId))}/${node?.nodeId}/${task.project}/${task.domain}/${task.name}/${task.version}/${attempt}`;
    }
  }
}
