import { flyteidl } from "../../../idl/flyteidl.ts";
import type { NodeExecutionId } from "../../../idl/identifiers.ts";
import type { LiteralMap } from "../../../idl/types.ts";
import { bytesField } from "../../../idl/wire.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import { StatusError } from "../../../idl/status.ts";
import { missingEntity, nodeExecutionText } from "../../events/event-refusals.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { existingNodeExecution } from "../executions/get-node-executions.ts";
import { equals } from "../page.ts";
import { invalidArgument, missingField } from "../refusals.ts";
import { deckLink } from "./create-download-link.ts";
import { parseFlyteUrl } from "./flyte-url.ts";

/** GetData: the inputs, outputs (or one of them) or deck that a flyte URL names. */
export async function getUrlData(deps: AdminDeps, request: flyteidl.service.GetDataRequest.$Properties): Promise<Uint8Array> {
  if (!request.flyteUrl) throw missingField("flyte_url");
  const { node, attempt, part, variable } = parseFlyteUrl(request.flyteUrl);
  if (part === "deck") {
    const urls = await deckLink(deps, await existingNodeExecution(deps, node), undefined);
    return flyteidl.service.GetDataResponse.encode({ preSignedUrls: urls }).finish();
  }
  const source = attempt === undefined ? await ofNode(deps, node) : await ofAttempt(deps, node, attempt);
  const bytes = await mapBytes(deps, request.flyteUrl, part === "inputs" ? source.inputUri : source.outputs);
  if (variable === undefined) return bytesField(1, bytes);
  const literals = new Map(Object.entries(flyteidl.core.LiteralMap.decode(bytes).literals ?? {}));
  const literal = literals.get(variable);
  if (literal === undefined) throw invalidArgument(`name [${variable}] not found in [${request.flyteUrl}]`);
  return flyteidl.service.GetDataResponse.encode({ literal }).finish();
}

interface Source {
  readonly inputUri: string;
  readonly outputs: string | LiteralMap;
}

async function ofNode(deps: AdminDeps, id: NodeExecutionId): Promise<Source> {
  const row = await existingNodeExecution(deps, id);
  const closure = flyteidl.admin.NodeExecutionClosure.decode(row.closure);
  return { inputUri: row.inputUri, outputs: closure.outputData ?? closure.outputUri ?? "" };
}

async function ofAttempt(deps: AdminDeps, id: NodeExecutionId, attempt: number): Promise<Source> {
  const [row] = await deps.state.read.taskExecutions.list({
    filters: [
      equals("task_execution", "execution_project", id.execution.project),
      equals("task_execution", "execution_domain", id.execution.domain),
      equals("task_execution", "execution_name", id.execution.name),
      equals("task_execution", "node_id", id.nodeId),
      equals("task_execution", "retry_attempt", attempt),
    ],
    limit: 1,
    offset: 0,
  });
  if (row === undefined) throw missingEntity("task execution", `${nodeExecutionText(id)} retry_attempt:${attempt}`);
  const closure = flyteidl.admin.TaskExecutionClosure.decode(row.closure);
  return { inputUri: row.inputUri, outputs: closure.outputData ?? closure.outputUri ?? "" };
}

async function mapBytes(deps: AdminDeps, url: string, data: string | LiteralMap): Promise<Uint8Array> {
  if (typeof data !== "string") return flyteidl.core.LiteralMap.encode(data).finish();
  if (data === "") throw new StatusError("NOT_FOUND", `no data for [${url}]`);
  return await readBlob(deps.blobs, data, Math.max(deps.settings.maxInlineData, deps.settings.maxOutputSize));
}
