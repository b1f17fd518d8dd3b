import { flyteidl } from "../../../idl/flyteidl.ts";
import { executionKey, identifierOf } from "../../../idl/identifiers.ts";
import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import { toTimestamp } from "../../../idl/time.ts";
import type { ExecutionSpec } from "../../../idl/types.ts";
import { bytesField, concatBytes } from "../../../idl/wire.ts";
import { executionTagsOf } from "../../../ports/execution-tags.ts";
import type { ExecutionRow, New } from "../../../ports/state-store.ts";
import type { WorkflowSpec } from "../../../ports/workflow-store.ts";
import { executionMessage } from "../../events/execution-messages.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { Principal } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { uniqueViolation } from "../refusals.ts";
import { ensureWorkflow } from "./ensure-workflow.ts";
import { inheritMetadata } from "./inherited-metadata.ts";
import { launchTarget } from "./launch-target.ts";
import type { LaunchTarget } from "./launch-target.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { resolveInputs } from "./resolve-inputs.ts";
import { validateClusterPool } from "./validate-cluster-pool.ts";
import { workflowSpecOf } from "./workflow-spec.ts";

/**
 * Starts an execution of a validated spec. `userInputs` is the encoded LiteralMap as it came. In the order that a crash
 * leaves nothing wrong behind: inputs into the object store, the row (phase UNDEFINED) with its first watch event, then
 * propeller's workflow, which reconcile makes again when it is missing.
 */
export async function launchExecution(
  deps: AdminDeps,
  id: WorkflowExecutionId,
  spec: ExecutionSpec,
  userInputs: Uint8Array,
  principal: Principal,
): Promise<Uint8Array> {
  // Two requests of one name must not write each other's inputs.
  return await oneAtATime(executionKey(id), async () => {
    const existing = await deps.state.read.executions.get(id);
    // A caller whose first try failed half-way comes back: propeller gets what it was not given then.
    if (existing?.phase === "UNDEFINED") await ensureWorkflow(deps, existing);
    if (existing) throw uniqueViolation("executions_pkey");
    const target = await launchTarget(deps, spec);
    await validateClusterPool(deps, id, spec);
    const added = resolveInputs(flyteidl.core.LiteralMap.decode(userInputs), target.expectedInputs, target.fixedInputs);
    const origin = await inheritMetadata(deps, spec, principal);
    spec.inputs = null;
    const tags = executionTagsOf(spec);

    const now = deps.clock.now();
    const prefix = `${deps.settings.container}/metadata/${id.project}/${id.domain}/${id.name}`;
    const draft: New<ExecutionRow> = {
      id,
      launchPlanKey: target.launchPlanKey,
      workflowKey: target.workflow.key,
      taskKey: target.taskKey,
      phase: "UNDEFINED",
      spec: flyteidl.admin.ExecutionSpec.encode(spec).finish(),
      closure: firstClosure(spec, target, now),
      createdAt: rowTimeOf(now),
      updatedAt: rowTimeOf(now),
      startedAt: null,
      duration: null,
      abortCause: "",
      mode: spec.metadata?.mode ?? 0,
      ...origin,
      inputsUri: `${prefix}/inputs`,
      userInputsUri: `${prefix}/user_inputs`,
      errorKind: null,
      errorCode: null,
      state: flyteidl.admin.ExecutionState.EXECUTION_ACTIVE,
      launchEntity: target.launchEntity,
      lastSequence: 1,
    };
    // Before anything is written: what cannot be run is not begun.
    const workflow = await workflowSpecOf(deps, draft);
    const row = { ...draft, spec: specToShow(spec, target, workflow) };
    const resolved = concatBytes(userInputs, flyteidl.core.LiteralMap.encode({ literals: added }).finish());
    await Promise.all([deps.blobs.put(row.userInputsUri, userInputs), deps.blobs.put(row.inputsUri, resolved)]);
    await deps.state.write(async (writer) => {
      await writer.executions.insert(row);
      await writer.executions.insertTags(id, tags);
      await writer.watch.append(id, [{ sequence: 1, event: bytesField(2, executionMessage(row)) }]);
    }, "inserts");
    deps.watchHub.publish(id);
    await ensureWorkflow(deps, row, workflow);
    return flyteidl.admin.ExecutionCreateResponse.encode({ id: { ...id } }).finish();
  });
}

/** The spec that is kept and shown is the request's, with the identity it runs as, and the plan's parallelism (Flyte: admin's execution manager). */
function specToShow(spec: ExecutionSpec, target: LaunchTarget, workflow: WorkflowSpec): Uint8Array {
  const merged = flyteidl.admin.ExecutionSpec.decode(workflow.executionSpec);
  spec.securityContext = merged.securityContext ?? { runAs: {} };
  if (target.launchEntity === "launch_plan") spec.maxParallelism = merged.maxParallelism;
  return flyteidl.admin.ExecutionSpec.encode(spec).finish();
}

function firstClosure(spec: ExecutionSpec, target: LaunchTarget, now: number): Uint8Array {
  const notifications = spec.disableAll ? [] : (spec.notifications?.notifications ?? target.notifications);
  return flyteidl.admin.ExecutionClosure.encode({
    phase: flyteidl.core.WorkflowExecution.Phase.UNDEFINED,
    createdAt: toTimestamp(now),
    updatedAt: toTimestamp(now),
    notifications: [...notifications],
    workflowId: identifierOf("WORKFLOW", target.workflow),
    stateChangeDetails: {
      state: flyteidl.admin.ExecutionState.EXECUTION_ACTIVE,
      occurredAt: toTimestamp(now),
      principal: spec.metadata?.principal ?? "",
    },
  }).finish();
}
