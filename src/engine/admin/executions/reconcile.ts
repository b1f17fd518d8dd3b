import { executionKey } from "../../../idl/identifiers.ts";
import { messageOf } from "../../../std/errors.ts";
import type { ExecutionRow } from "../../../ports/state-store.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { ensureWorkflow } from "./ensure-workflow.ts";
import { sendTermination } from "./terminate-execution.ts";

const open = ["UNDEFINED", "QUEUED", "RUNNING", "SUCCEEDING", "FAILING", "ABORTING"];
const pageSize = 500;

/**
 * At a start: gives propeller the executions that a crash kept from it, and sends terminations again. Resolves when all
 * have been tried; those that fail are logged and do not hold up the others.
 */
export async function reconcile(
  deps: AdminDeps,
): Promise<{ readonly created: number; readonly terminated: number; readonly failed: number }> {
  const active = new Set((await deps.workflows.listActive()).map(executionKey));
  const done = { created: 0, terminated: 0, failed: 0 };
  for (const row of await openExecutions(deps)) {
    try {
      if (row.phase === "ABORTING") {
        await sendTermination(deps, row);
        done.terminated++;
      } else if (!active.has(executionKey(row.id))) {
        await ensureWorkflow(deps, row);
        done.created++;
      }
    } catch (thrown) {
      done.failed++;
      deps.logger?.warn("an execution could not be handed to propeller", { execution: executionKey(row.id), error: messageOf(thrown) });
    }
  }
  return done;
}

/** All of them, read before any is changed: pages would shift. */
async function openExecutions(deps: AdminDeps): Promise<ExecutionRow[]> {
  const rows: ExecutionRow[] = [];
  for (;;) {
    const page = await deps.state.read.executions.list({
      filters: [{ entity: "execution", column: "phase", function: "value_in", values: open }],
      limit: pageSize,
      offset: rows.length,
    });
    rows.push(...page);
    if (page.length < pageSize) return rows;
  }
}
