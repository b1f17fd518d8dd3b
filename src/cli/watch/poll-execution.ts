import type { AdminClient } from "../../client/admin-client.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import { isTerminalExecution } from "../../idl/phases.ts";
import type { Clock } from "../../std/clock.ts";
import { allPages } from "../fetch/all-pages.ts";
import { executionView } from "../views/execution-view.ts";
import { executionChange, nodeChange } from "./phase-change.ts";
import type { PhaseChange } from "./phase-change.ts";
import { pause } from "./pause.ts";

const firstPause = 500;
const longestPause = 5000;

/** The phase changes of an execution and its top-level nodes as asking every half second (later every 5) finds them. */
export async function* pollExecution(
  admin: AdminClient,
  id: WorkflowExecutionId,
  tools: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<PhaseChange, void, undefined> {
  const phases = new Map<string, string>();
  const isNew = ({ urn, phase }: PhaseChange): boolean => {
    if (phases.get(urn) === phase) return false;
    phases.set(urn, phase);
    return true;
  };
  for (let wait = firstPause; ; wait = Math.min(wait * 1.2, longestPause)) {
    const options = { signal: tools.signal };
    // The execution first: nodes listed after it ended are their last word.
    const execution = executionView(await admin.getExecution({ id: { ...id } }, options), tools.clock.now());
    const sortBy = { key: "created_at", direction: 1 };
    const nodes = await allPages(async (token) => {
      const list = await admin.listNodeExecutions({ workflowExecutionId: { ...id }, limit: 100, token, sortBy }, options);
      return { items: list.nodeExecutions ?? [], token: list.token };
    });
    const ended = isTerminalExecution(execution.phase);
    const own = executionChange(execution, null);
    if (!ended && isNew(own)) yield own;
    for (const node of nodes) {
      const change = nodeChange(node, null);
      if (!isNew(change)) continue;
      // Lists cut messages.
      yield node.closure?.error == null ? change : nodeChange(await admin.getNodeExecution({ id: node.id ?? {} }, options), null);
    }
    if (ended) {
      if (isNew(own)) yield own;
      return;
    }
    await pause(tools.clock, wait, tools.signal);
  }
}
