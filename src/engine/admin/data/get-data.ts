import { flyteidl } from "../../../idl/flyteidl.ts";
import { identifierOf, entityIdOf } from "../../../idl/identifiers.ts";
import type { NodeExecutionId } from "../../../idl/identifiers.ts";
import { bytesField, concatBytes } from "../../../idl/wire.ts";
import { messageOf } from "../../../std/errors.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import type { NodeExecutionRow } from "../../../ports/state-store.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { largestClosure } from "../entities/get-entity.ts";
import { existingExecution } from "../executions/get-executions.ts";
import { existingNodeExecution } from "../executions/get-node-executions.ts";
import { existingTaskExecution } from "../executions/get-task-executions.ts";
import { validExecutionId, validNodeExecutionId, validTaskExecutionId } from "../validate-identifier.ts";
import { dataFields, outputsOf, storedData } from "./stored-data.ts";

/** GetExecutionData. */
export async function getExecutionData(
  deps: AdminDeps,
  request: flyteidl.admin.WorkflowExecutionGetDataRequest.$Properties,
): Promise<Uint8Array> {
  const row = await existingExecution(deps, validExecutionId(request.id));
  const { outputs, outputData } = flyteidl.admin.ExecutionClosure.decode(row.closure);
  const results = { outputUri: outputs?.uri, outputData: outputs?.values ?? outputData };
  return dataFields(await storedData(deps, row.inputsUri), await outputsOf(deps, results), { outputs: 1, inputs: 2 });
}

/** GetNodeExecutionData. */
export async function getNodeExecutionData(
  deps: AdminDeps,
  request: flyteidl.admin.NodeExecutionGetDataRequest.$Properties,
): Promise<Uint8Array> {
  const row = await existingNodeExecution(deps, validNodeExecutionId(request.id));
  const closure = flyteidl.admin.NodeExecutionClosure.decode(row.closure);
  const base = flyteUrl(row.id);
  const urls = { inputs: `${base}/i`, outputs: `${base}/o`, deck: closure.deckUri ? `${base}/d` : "" };
  return concatBytes(
    dataFields(await storedData(deps, row.inputUri), await outputsOf(deps, closure), { inputs: 1, outputs: 2 }),
    await dynamicWorkflow(deps, row, closure.dynamicJobSpecUri),
    bytesField(17, flyteidl.admin.FlyteURLs.encode(urls).finish()),
  );
}

/** GetTaskExecutionData. */
export async function getTaskExecutionData(
  deps: AdminDeps,
  request: flyteidl.admin.TaskExecutionGetDataRequest.$Properties,
): Promise<Uint8Array> {
  const row = await existingTaskExecution(deps, validTaskExecutionId(request.id));
  const closure = flyteidl.admin.TaskExecutionClosure.decode(row.closure);
  const base = `${flyteUrl(row.id.node)}/${row.id.retryAttempt}`;
  return concatBytes(
    dataFields(await storedData(deps, row.inputUri), await outputsOf(deps, closure), { inputs: 1, outputs: 2 }),
    bytesField(5, flyteidl.admin.FlyteURLs.encode({ inputs: `${base}/i`, outputs: `${base}/o` }).finish()),
  );
}

function flyteUrl({ execution, nodeId }: NodeExecutionId): string {
  return `flyte://v1/${execution.project}/${execution.domain}/${execution.name}/${nodeId}`;
}

/** Field 16: the workflow that a dynamic node made. */
async function dynamicWorkflow(deps: AdminDeps, row: NodeExecutionRow, jobSpecUri: string): Promise<Uint8Array> {
  const uri = row.dynamicWorkflowClosureUri;
  if (uri === "") return new Uint8Array();
  try {
    const compiled = await readBlob(deps.blobs, uri, largestClosure);
    const id = flyteidl.core.CompiledWorkflowClosure.decode(compiled).primary?.template?.id;
    const head = flyteidl.admin.DynamicWorkflowNodeMetadata.encode({
      id: id == null ? null : identifierOf("WORKFLOW", entityIdOf(id)),
      dynamicJobSpecUri: jobSpecUri,
    }).finish();
    return bytesField(16, concatBytes(head, bytesField(2, compiled)));
  } catch (thrown) {
    deps.logger?.warn("the closure of a dynamic workflow could not be read", { uri, error: messageOf(thrown) });
    return new Uint8Array();
  }
}
