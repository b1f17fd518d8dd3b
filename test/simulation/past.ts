import type { Bench } from "../integration/propeller/bench.ts";
import type { ChildPlan, Plan } from "./plan.ts";
import type { LiteralMap } from "../../src/idl/types.ts";
import type { Past } from "./reference/story.ts";
import type { Seen } from "./reference/judge.ts";
import type { Step } from "../support/scripted-plugin.ts";

/** What went wrong for good goes well now. */
export function mended(plan: Plan): Plan {
  const isBad = (step: Step): boolean => (typeof step === "string" ? step : step.phase) === "PERMANENT_FAILURE";
  const attempt = (steps: readonly Step[]): readonly Step[] => steps.map((step) => (isBad(step) ? "SUCCESS" : step));
  const well = ({ turns }: ChildPlan): ChildPlan => ({ turns, phase: "SUCCEEDED" });
  return {
    ...plan,
    steps: Object.fromEntries(Object.entries(plan.steps).map(([id, attempts]) => [id, attempts.map(attempt)])),
    children: Object.fromEntries(Object.entries(plan.children).map(([name, child]) => [name, well(child)])),
    signals: Object.fromEntries(Object.keys(plan.signals).map((id) => [id, true])),
  };
}

function outputsOf(bench: Bench, nodeId: string): LiteralMap | undefined {
  const last = bench.admin.last(nodeId);
  const uri = last?.event.level === "node" ? last.event.event.outputUri : undefined;
  return uri ? { literals: bench.literals(uri) ?? {} } : undefined;
}

/** An execution that is over, as one that recovers it may know it. */
export function pastOf(bench: Bench, { nodes }: Seen): Past {
  return {
    node: (id) => (nodes.get(id)?.end === "SUCCEEDED" ? { outputs: outputsOf(bench, id) } : undefined),
    element: (id) => {
      const { end, attempts } = nodes.get(id) ?? {};
      if (end !== "SUCCEEDED") return undefined;
      return attempts?.length === 0 ? [] : ["SUCCEEDED"];
    },
    hasMade: (id) => bench.admin.phases(id).includes("DYNAMIC_RUNNING"),
  };
}

/** The child that admin was told of last for a node. */
function toldChild(bench: Bench, nodeId: string): string | undefined {
  const events = bench.admin.seen.filter(({ subject }) => subject === nodeId);
  const names = events.map(({ event }) =>
    event.level === "node" ? (event.event.workflowNodeMetadata?.executionId?.name ?? undefined) : undefined,
  );
  return names.findLast((name) => name);
}

/** What ran again though it had succeeded, and children that were begun anew though there was one to be recovered. */
export function begunAnew(bench: Bench, past: Bench, before: Seen): string[] {
  const ran = new Set([...bench.world.attempts.values()].map(({ context }) => context.id.node.nodeId));
  const succeeded = [...before.nodes].filter(([, { end }]) => end === "SUCCEEDED").map(([id]) => id.replace(/\[(\d+)\]$/, "-0-n$1"));
  const again = succeeded.filter((id) => ran.has(id)).map((id) => `${id} runs again`);
  for (const [name, { request, recovers }] of bench.children.children) {
    const node = request.spec?.metadata?.parentNodeExecution?.nodeId ?? "";
    const told = toldChild(past, node);
    if (recovers !== told) again.push(`${name} recovers ${recovers ?? "nothing"}, not ${told ?? "nothing"}`);
    if (before.nodes.get(node)?.end === "SUCCEEDED") again.push(`${node} launches again`);
  }
  return again;
}
