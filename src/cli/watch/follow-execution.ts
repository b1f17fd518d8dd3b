import type { AdminClient } from "../../client/admin-client.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import { systemClock } from "../../std/clock.ts";
import type { FlyteError } from "../../std/errors.ts";
import { executionFailure } from "../execution-failure.ts";
import { executionView } from "../views/execution-view.ts";
import type { ExecutionView } from "../views/execution-view.ts";
import { ChangeNames } from "./change-names.ts";
import type { PhaseChange } from "./phase-change.ts";
import { watchExecution } from "./watch-execution.ts";
import type { WatchTools } from "./watch-execution.ts";

/** Waits for an execution's end, telling of each phase change; then how it ended, with the error of one that did not succeed. */
export async function followExecution(
  admin: AdminClient,
  id: WorkflowExecutionId,
  tools: Omit<WatchTools, "clock"> & { readonly onChange?: (change: PhaseChange) => void },
): Promise<{ readonly execution: ExecutionView; readonly failure?: FlyteError }> {
  const { signal } = tools;
  const names = new ChangeNames(admin);
  for await (const change of watchExecution(admin, id, { ...tools, clock: systemClock }))
    if (tools.onChange) tools.onChange(await names.named(change));
  const execution = executionView(await admin.getExecution({ id: { ...id } }, { signal }), systemClock.now());
  const failure = executionFailure(execution);
  return { execution, ...(failure ? { failure } : {}) };
}
