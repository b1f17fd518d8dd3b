import type { flyteidl } from "../../idl/flyteidl.ts";
import type { CompiledWorkflow, CompiledWorkflowClosure, WorkflowNode } from "../../idl/types.ts";
import { oneLine } from "../plain-text.ts";
import { conditionText } from "./condition-text.ts";

/** Nodes beyond these are left out, with a word about it: nobody could read the picture, and a loop of references ends. */
const mostNodes = 5000;
const deepest = 20;

/**
 * The graph of a compiled workflow in Graphviz's language: what runs after what, branches with their conditions, sub-workflows
 * as boxes around their nodes, the failure node aside.
 */
export function workflowDot(closure: CompiledWorkflowClosure | null | undefined): string {
  const drawing = new Drawing(closure?.subWorkflows ?? []);
  drawing.workflow(closure?.primary, "", 0);
  return graph(`digraph ${quoted(nameOf(closure))}`, drawing.lines);
}

/** The same of several, side by side in one graph: Graphviz draws each graph of a file into an image of its own, all of them into one file. */
export function workflowsDot(closures: readonly CompiledWorkflowClosure[]): string {
  if (closures.length === 1) return workflowDot(closures[0]);
  const boxes = closures.flatMap((closure, index) => {
    const drawing = new Drawing(closure.subWorkflows ?? []);
    drawing.workflow(closure.primary, `${index}/`, 1);
    return [`  subgraph ${quoted(`cluster ${index}`)} {`, `    label=${quoted(nameOf(closure))};`, ...drawing.lines, "  }"];
  });
  return graph("digraph", boxes);
}

const nameOf = (closure: CompiledWorkflowClosure | null | undefined): string => closure?.primary?.template?.id?.name ?? "workflow";

const graph = (head: string, lines: readonly string[]): string =>
  [`${head} {`, "  rankdir=LR;", "  node [shape=box, style=rounded];", ...lines, "}", ""].join("\n");

class Drawing {
  readonly lines: string[] = [];
  readonly #subWorkflows: readonly CompiledWorkflow[];
  #count = 0;

  constructor(subWorkflows: readonly CompiledWorkflow[]) {
    this.#subWorkflows = subWorkflows;
  }

  /** Draws what is in a workflow; names begin with `path`. */
  workflow(workflow: CompiledWorkflow | null | undefined, path: string, depth: number): void {
    const nodes = (workflow?.template?.nodes ?? []).filter(({ id }) => id !== "start-node" && id !== "end-node");
    this.#line(depth, `${quoted(`${path}start-node`)} [label="start", shape=circle];`);
    const exits = new Map<string, readonly string[]>([["start-node", [`${path}start-node`]]]);
    const entries = new Map<string, string>([["end-node", `${path}end-node`]]);
    for (const node of nodes) {
      const drawn = this.#node(node, path, depth);
      exits.set(node.id ?? "", drawn.exits);
      entries.set(node.id ?? "", drawn.entry);
    }
    this.#line(depth, `${quoted(`${path}end-node`)} [label="end", shape=doublecircle];`);
    for (const [from, to] of edgesOf(workflow, nodes)) {
      const entry = entries.get(to);
      for (const exit of exits.get(from) ?? []) if (entry !== undefined) this.#line(depth, `${quoted(exit)} -> ${quoted(entry)};`);
    }
    const failure = workflow?.template?.failureNode;
    if (failure == null) return;
    const { entry } = this.#node(failure, path, depth);
    this.#line(depth, `${quoted(`${path}start-node`)} -> ${quoted(entry)} [style=dashed, color=red, label="on failure"];`);
  }

  /** Draws a node; where edges to it end, and where those from it begin. */
  #node(node: WorkflowNode, path: string, depth: number): { readonly entry: string; readonly exits: readonly string[] } {
    const name = `${path}${node.id ?? ""}`;
    if (++this.#count > mostNodes || depth > deepest) {
      this.#line(depth, `${quoted(name)} [label="… more", shape=plaintext];`);
      return { entry: name, exits: [name] };
    }
    const called = node.metadata?.name && node.metadata.name !== node.id ? [node.metadata.name] : [];
    const label = (...more: string[]): string => quoted(...new Set([node.id ?? "", ...called, ...more]));
    const branch = node.branchNode?.ifElse;
    if (branch != null) {
      this.#line(depth, `${quoted(name)} [label=${label()}, shape=diamond, style=""];`);
      return { entry: name, exits: this.#cases(branch, name, path, depth) };
    }
    const reference = node.workflowNode?.subWorkflowRef;
    const sub = reference == null ? undefined : this.#subWorkflows.find(({ template }) => isSame(template?.id, reference));
    if (sub) {
      this.#line(depth, `subgraph ${quoted(`cluster ${name}`)} {`);
      this.#line(depth + 1, `label=${label(reference?.name ?? "")};`);
      this.workflow(sub, `${name}/`, depth + 1);
      this.#line(depth, "}");
      return { entry: `${name}/start-node`, exits: [`${name}/end-node`] };
    }
    this.#line(depth, `${quoted(name)} [label=${label(...kindOf(node))}${shapeOf(node)}];`);
    return { entry: name, exits: [name] };
  }

  #cases(branch: flyteidl.core.IfElseBlock.$Properties, name: string, path: string, depth: number): string[] {
    const exits: string[] = [];
    const draw = (node: WorkflowNode | null | undefined, condition: string): void => {
      if (node == null) return;
      const drawn = this.#node(node, path, depth);
      this.#line(depth, `${quoted(name)} -> ${quoted(drawn.entry)} [label=${quoted(condition)}];`);
      exits.push(...drawn.exits);
    };
    for (const block of [branch.case, ...(branch.other ?? [])]) draw(block?.thenNode, conditionText(block?.condition));
    draw(branch.elseNode, "else");
    if (branch.error != null) {
      this.#line(depth, `${quoted(`${name}/error`)} [label=${quoted("fail", branch.error.message ?? "")}, color=red];`);
      this.#line(depth, `${quoted(name)} -> ${quoted(`${name}/error`)} [label="else"];`);
    }
    return exits;
  }

  #line(depth: number, text: string): void {
    this.lines.push(`${"  ".repeat(depth + 1)}${text}`);
  }
}

/** As compiled; of a workflow that was not, what its nodes say. */
function edgesOf(workflow: CompiledWorkflow | null | undefined, nodes: readonly WorkflowNode[]): (readonly [string, string])[] {
  const downstream = Object.entries(workflow?.connections?.downstream ?? {});
  if (downstream.length > 0) return downstream.flatMap(([from, { ids }]) => (ids ?? []).map((to) => [from, to] as const));
  return nodes.flatMap(({ id, upstreamNodeIds }) => (upstreamNodeIds ?? []).map((from) => [from, id ?? ""] as const));
}

function kindOf(node: WorkflowNode): string[] {
  const { taskNode, workflowNode, gateNode, arrayNode } = node;
  if (taskNode != null) return [taskNode.referenceId?.name ?? ""];
  if (workflowNode != null) return [(workflowNode.launchplanRef ?? workflowNode.subWorkflowRef)?.name ?? ""];
  if (arrayNode?.node != null) return ["for each", ...kindOf(arrayNode.node)];
  if (gateNode?.approve != null) return [`waits for approval ${gateNode.approve.signalId ?? ""}`];
  if (gateNode?.signal != null) return [`waits for signal ${gateNode.signal.signalId ?? ""}`];
  if (gateNode?.sleep != null) return ["sleeps"];
  return [];
}

function shapeOf({ workflowNode, gateNode, arrayNode }: WorkflowNode): string {
  if (workflowNode != null) return ", shape=folder";
  if (arrayNode != null) return ", shape=box3d";
  return gateNode == null ? "" : ", shape=octagon";
}

type Id = flyteidl.core.Identifier.$Properties;

function isSame(a: Id | null | undefined, b: Id): boolean {
  return a != null && a.project === b.project && a.domain === b.domain && a.name === b.name && a.version === b.version;
}

/** A quoted string of Graphviz's, its lines one below the other. */
function quoted(...lines: readonly string[]): string {
  return `"${lines
    .filter((line) => line !== "")
    .map((line) => oneLine(line).replace(/["\\]/g, "\\$&"))
    .join("\\n")}"`;
}
