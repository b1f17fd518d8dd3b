import { flyteidl } from "../../../idl/flyteidl.ts";
import { nodeExecutionIdentifierOf } from "../../../idl/identifiers.ts";
import { unlessMissing } from "../../../idl/unless-missing.ts";
import { subMessage } from "../../../idl/wire.ts";
import type { PastExecutions } from "../../../ports/past-executions.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { getDynamicNodeWorkflow, getNodeExecution } from "./get-node-executions.ts";
import { listTaskExecutions } from "./get-task-executions.ts";

const { NodeExecution, TaskExecutionList } = flyteidl.admin;
/** Attempts of a node: an array has one task execution. */
const attempts = 100;

/** Propeller's way to what an admin in its own process knows of executions. */
export function createDirectPastExecutions(deps: AdminDeps): PastExecutions {
  return {
    node: (id) => unlessMissing(async () => NodeExecution.decode(await getNodeExecution(deps, { id: nodeExecutionIdentifierOf(id) }))),
    dynamicWorkflow: (id) =>
      unlessMissing(async () => subMessage(await getDynamicNodeWorkflow(deps, { id: nodeExecutionIdentifierOf(id) }), [1])),
    async externalResources(id) {
      const bytes = await listTaskExecutions(deps, { nodeExecutionId: nodeExecutionIdentifierOf(id), limit: attempts });
      return (TaskExecutionList.decode(bytes).taskExecutions ?? []).flatMap(({ closure }) => closure?.metadata?.externalResources ?? []);
    },
  };
}
