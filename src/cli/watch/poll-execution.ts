import type { AdminClient } from "../../client/admin-client.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import { isTerminalExecution, isTerminalNode, nodePhaseOf } from "../../idl/phases.ts";
import type { Clock } from "../../std/clock.ts";
import { allPages } from "../fetch/all-pages.ts";
import { executionView } from "../views/execution-view.ts";
import { executionChange, nodeChange } from "./phase-change.ts";
import type { PhaseChange } from "./phase-change.ts";
import { pause } from "./pause.ts";

const firstPause = 500;
const longestPause = 5000;

/** Of nodes that hold nodes: a deployment that tells of a node within itself would never end. */
const deepest = 50;

/** The phase changes of an execution and its nodes as asking every half second (later every 5) finds them. */
export async function* pollExecution(
  admin: AdminClient,
  id: WorkflowExecutionId,
  tools: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<PhaseChange, void, undefined> {
  const options = { signal: tools.signal };
  const phases = new Map<string, string>();
  const isNew = ({ urn, phase }: PhaseChange): boolean => {
    if (phases.get(urn) === phase) return false;
    phases.set(urn, phase);
    return true;
  };
  /** Nodes that had ended before what is within them was listed: nothing changes there any more. */
  const over = new Set<string>();
  async function* within(parent: string | null, depth: number): AsyncGenerator<PhaseChange, void, undefined> {
    const nodes = await allPages(async (token) => {
      const request = { workflowExecutionId: { ...id }, limit: 100, token, sortBy: { key: "created_at", direction: 1 } };
      const list = await admin.listNodeExecutions({ ...request, uniqueParentId: parent ?? "" }, options);
      return { items: list.nodeExecutions ?? [], token: list.token };
    });
    for (const node of nodes) {
      const change = nodeChange(node, parent, null);
      if (isNew(change)) {
        // Lists cut messages.
        yield node.closure?.error == null ? change : nodeChange(await admin.getNodeExecution({ id: node.id ?? {} }, options), parent, null);
      }
      const nodeId = node.id?.nodeId ?? "";
      const mayHold = node.metadata?.isParentNode || node.metadata?.isArray;
      if (!mayHold || depth === deepest || over.has(nodeId)) continue;
      yield* within(nodeId, depth + 1);
      if (isTerminalNode(nodePhaseOf(node.closure?.phase))) over.add(nodeId);
    }
  }
  for (let wait = firstPause; ; wait = Math.min(wait * 1.2, longestPause)) {
    // The execution first: nodes listed after it ended are their last word.
    const execution = executionView(await admin.getExecution({ id: { ...id } }, options), tools.clock.now());
    const ended = isTerminalExecution(execution.phase);
    const own = executionChange(execution, null);
    if (!ended && isNew(own)) yield own;
    yield* within(null, 0);
    if (ended) {
      if (isNew(own)) yield own;
      return;
    }
    await pause(tools.clock, wait, tools.signal);
  }
}
