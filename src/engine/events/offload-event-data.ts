import { createHash } from "node:crypto";
import { flyteidl } from "../../idl/flyteidl.ts";
import { entityIdOf, executionIdOf } from "../../idl/identifiers.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import { hasStatus, StatusError } from "../../idl/status.ts";
import type { LiteralMap } from "../../idl/types.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { ExecutionEvent } from "../../ports/event-sink.ts";

export interface OffloadSettings {
  readonly container: string;
  readonly maxOutputSize: number;
}

/** Whether an event carries anything that is to be offloaded. */
export function hasEventData({ level, event }: ExecutionEvent): boolean {
  if (event.outputData != null) return true;
  if (level === "workflow") return false;
  return event.inputData != null || (level === "node" && event.taskNodeMetadata?.dynamicWorkflow?.compiledWorkflow != null);
}

/**
 * Puts what an event carries inline (outputs, inputs, a dynamic workflow's closure) into the object store and gives the
 * event with their URIs instead: rows stay small. The event may still be refused: what is stored already stays as it is.
 * Throws RESOURCE_EXHAUSTED when outputs are too large, and for nothing else: that a disk is full is UNAVAILABLE, the
 * event is to be sent again.
 */
export async function offloadEventData(
  event: ExecutionEvent,
  blobs: BlobStore,
  settings: OffloadSettings,
): Promise<{ readonly event: ExecutionEvent; readonly dynamicWorkflowClosureUri: string }> {
  const message = event.event;
  const put = (uri: string, bytes: Uint8Array): Promise<string> => putBeside(blobs, uri, bytes);
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
  const { project, domain, name, version } = entityIdOf(dynamic.id);
  const workflow = segment(`${project}_${domain}_${name}_${version}`);
  const uri = `${settings.container}/metadata/admin/${pathOf(event)}/${workflow}`;
  const bytes = flyteidl.core.CompiledWorkflowClosure.encode(dynamic.compiledWorkflow).finish();
  return { event, dynamicWorkflowClosureUri: await put(uri, bytes) };
}

/** Under `uri`, or beside it when something is there: a row may name that. */
async function putBeside(blobs: BlobStore, uri: string, bytes: Uint8Array): Promise<string> {
  try {
    await blobs.put(uri, bytes, { ifAbsent: true });
    return uri;
  } catch (thrown) {
    if (!hasStatus(thrown, "FAILED_PRECONDITION")) throw toBeRepeated(thrown);
  }
  const beside = `${uri}_${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}`;
  try {
    await blobs.put(beside, bytes);
  } catch (thrown) {
    throw toBeRepeated(thrown);
  }
  return beside;
}

/** A full disk is no property of the event: whoever sent it tries again. */
export function toBeRepeated(thrown: unknown): unknown {
  return hasStatus(thrown, "RESOURCE_EXHAUSTED") ? new StatusError("UNAVAILABLE", thrown.message, [], thrown) : thrown;
}

const tooLarge = (size: number, limit: number): StatusError =>
  new StatusError("RESOURCE_EXHAUSTED", `Output data size exceeds platform configured threshold (${size} > ${limit})`);

/** A name as one part of a key: what propeller makes stays as it is, nothing leads elsewhere. */
const segment = (name: string): string => (/^\.{1,2}$/.test(name) ? name.replaceAll(".", "%2E") : encodeURIComponent(name.toWellFormed()));

const path = (...names: readonly string[]): string => names.map(segment).join("/");
const executionPath = ({ project, domain, name }: WorkflowExecutionId): string => path(project, domain, name);

function pathOf(event: ExecutionEvent): string {
  switch (event.level) {
    case "workflow":
      return executionPath(executionIdOf(event.event.executionId));
    case "node":
      return `${executionPath(executionIdOf(event.event.id?.executionId))}/${segment(event.event.id?.nodeId ?? "")}`;
    case "task": {
      const node = event.event.parentNodeExecutionId;
      const { project, domain, name, version } = entityIdOf(event.event.taskId);
      const attempt = String(event.event.retryAttempt ?? 0);
      return `${executionPath(executionIdOf(node?.executionId))}/${path(node?.nodeId ?? "", project, domain, name, version, attempt)}`;
    }
  }
}
