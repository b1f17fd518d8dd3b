import type { Fate } from "./live.ts";
import type { NodeOf, WorkflowOf } from "../integration/propeller/workflow-of.ts";
import type { Plan } from "./plan.ts";

interface Failing {
  readonly plan: Plan;
  readonly fate: Fate;
  readonly complaints: readonly string[];
  fails(plan: Plan, fate: Fate): Promise<readonly string[]>;
}

type Case = Pick<Failing, "plan" | "fate">;
type Bindings = NonNullable<NodeOf["inputs"]>;

const without = <T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));

/** Bindings to a node that is gone go too. */
const unbound = (bindings: Bindings | undefined, id: string): Bindings =>
  Object.fromEntries(Object.entries(bindings ?? {}).filter(([, binding]) => binding.promise?.nodeId !== id));

function withoutNode(workflow: WorkflowOf, id: string): WorkflowOf {
  const nodes = Object.entries(without(workflow.nodes, id)).map(([name, node]): [string, NodeOf] => [
    name,
    { ...node, inputs: unbound(node.inputs, id), ...(node.after && { after: node.after.filter((each) => each !== id) }) },
  ]);
  return { ...workflow, nodes: Object.fromEntries(nodes), outputs: unbound(workflow.outputs, id) };
}

/** Smaller workflows: without a node, or with a node that is simpler. */
function* smallerWorkflows(workflow: WorkflowOf): Iterable<WorkflowOf> {
  const { nodes } = workflow;
  for (const id of Object.keys(nodes)) if (Object.keys(nodes).length > 1) yield withoutNode(workflow, id);
  for (const [id, node] of Object.entries(nodes)) {
    for (const simpler of simplerNodes(node)) yield { ...workflow, nodes: { ...nodes, [id]: simpler } };
  }
  if (workflow.failureNode) {
    const { onFailure, outputs, spec } = workflow;
    yield { nodes, ...(outputs && { outputs }), ...(onFailure && { onFailure }), ...(spec && { spec }) };
  }
  if (workflow.spec?.maxParallelism) yield { ...workflow, spec: {} };
}

function* simplerNodes(node: NodeOf): Iterable<NodeOf> {
  const { inputs, after, metadata } = node;
  const plain: NodeOf = { ...(inputs && { inputs }), ...(after && { after }), ...(metadata && { metadata }) };
  if (node.workflow ?? node.branch ?? node.launches ?? node.makes ?? node.gate ?? node.array ?? node.task ?? node.raw) yield plain;
  for (const workflow of node.workflow ? smallerWorkflows(node.workflow) : []) yield { ...node, workflow };
  for (const makes of node.makes ? smallerWorkflows(node.makes) : []) yield { ...node, makes };
  for (const name of Object.keys(node.inputs ?? {})) yield { ...node, inputs: without(node.inputs ?? {}, name) };
}

function* smallerCases({ plan, fate }: Case): Iterable<Case> {
  const { faults } = fate;
  for (const number of faults.keys()) yield { plan, fate: { ...fate, faults: new Map([...faults].filter(([each]) => each !== number)) } };
  const { mood, terminateAt, past, ...rest } = fate;
  const whenTerminated = terminateAt !== undefined && { terminateAt };
  if (mood !== undefined) yield { plan, fate: { ...rest, ...whenTerminated, ...(past && { past }) } };
  if (past?.terminateAt !== undefined) yield { plan, fate: { ...rest, ...whenTerminated, ...(mood !== undefined && { mood }), past: {} } };
  for (const workflow of smallerWorkflows(plan.workflow)) yield { plan: { ...plan, workflow }, fate };
  for (const [id, attempts] of Object.entries(plan.steps)) {
    yield { plan: { ...plan, steps: without(plan.steps, id) }, fate };
    for (const [index, steps] of attempts.entries()) {
      if (attempts.length > 1) yield { plan: { ...plan, steps: { ...plan.steps, [id]: attempts.toSpliced(index, 1) } }, fate };
      if (steps.length > 1) yield { plan: { ...plan, steps: { ...plan.steps, [id]: attempts.with(index, steps.slice(-1)) } }, fate };
    }
  }
  for (const name of Object.keys(plan.children)) yield { plan: { ...plan, children: without(plan.children, name) }, fate };
}

/** A case that is to be smaller may take so many tries. */
const mostTries = 400;

/** What a complaint is about, whichever node it names. */
const kindOf = (complaint: string | undefined): string | undefined => complaint?.split(" ").slice(1, 4).join(" ");

/** A smaller case of which the same is wrong first. Faults are kept by their numbers, so that what they hit moves as effects go. */
export async function shrink(failing: Failing): Promise<Case & { readonly complaints: readonly string[] }> {
  let small: Case & { readonly complaints: readonly string[] } = failing;
  let tries = 0;
  for (let found = true; found && tries < mostTries;) {
    found = false;
    for (const smaller of smallerCases(small)) {
      if (++tries > mostTries) break;
      const complaints = await failing.fails(smaller.plan, smaller.fate).catch(() => []);
      if (kindOf(complaints[0]) !== kindOf(failing.complaints[0])) continue;
      small = { ...smaller, complaints };
      found = true;
      break;
    }
  }
  return small;
}
