import { endNodeId, startNodeId } from "./node-ids.ts";
import type { CompiledWorkflow, WorkflowNode, BindingData } from "../../idl/types.ts";

export interface GraphNode {
  readonly id: string;
  /** Undefined for the start node; the end node's inputs are the workflow's outputs. */
  readonly node: WorkflowNode | undefined;
  readonly upstream: readonly string[];
  readonly downstream: readonly string[];
}

/** Nodes so that each comes after all it waits for. */
export interface WorkflowGraph {
  readonly nodes: readonly GraphNode[];
  readonly byId: ReadonlyMap<string, GraphNode>;
  /** What arms of branches wait for besides what is bound to them: no edge of the graph leads there. */
  readonly armsUpstream: ReadonlyMap<string, readonly string[]>;
}

/** Adds the ids of the nodes whose outputs a binding names. */
export function promisedBy(data: BindingData | null | undefined, into: Set<string>): void {
  if (data?.promise != null) into.add(data.promise.nodeId || startNodeId);
  for (const item of data?.collection?.bindings ?? []) promisedBy(item, into);
  for (const item of Object.values(data?.map?.bindings ?? {})) promisedBy(item, into);
}

/**
 * The graph of a compiled workflow. A node waits for what it names, what its inputs name and what the compiler
 * connected; what waits for nothing waits for the start node, and the end node waits for what nobody else waits for.
 * RangeError for cycles and for names of no node.
 */
export function buildGraph(workflow: CompiledWorkflow): WorkflowGraph {
  const byId = new Map<string, { id: string; node: WorkflowNode | undefined; upstream: Set<string> }>();
  byId.set(startNodeId, { id: startNodeId, node: undefined, upstream: new Set() });
  for (const node of workflow.template?.nodes ?? []) {
    const id = node.id ?? "";
    if (id !== startNodeId) byId.set(id, { id, node, upstream: new Set(node.upstreamNodeIds ?? []) });
  }
  if (!byId.has(endNodeId)) {
    byId.set(endNodeId, { id: endNodeId, node: { id: endNodeId, inputs: workflow.template?.outputs ?? [] }, upstream: new Set() });
  }
  const armsUpstream = new Map<string, readonly string[]>();
  for (const [id, list] of Object.entries(workflow.connections?.upstream ?? {})) {
    if (!byId.has(id)) armsUpstream.set(id, list.ids ?? []);
    for (const from of list.ids ?? []) byId.get(id)?.upstream.add(from);
  }
  const waitedFor = new Set<string>();
  for (const entry of byId.values()) {
    for (const binding of entry.node?.inputs ?? []) promisedBy(binding.binding, entry.upstream);
    if (entry.upstream.size === 0 && entry.id !== startNodeId && entry.id !== endNodeId) entry.upstream.add(startNodeId);
    if (entry.id === startNodeId) entry.upstream.clear();
    for (const id of entry.upstream) waitedFor.add(id);
  }
  const end = byId.get(endNodeId);
  for (const id of byId.keys()) if (id !== endNodeId && !waitedFor.has(id)) end?.upstream.add(id);

  const ordered: GraphNode[] = [];
  const missing = new Map<string, number>();
  const downstream = new Map<string, string[]>();
  for (const entry of byId.values()) {
    missing.set(entry.id, entry.upstream.size);
    for (const from of entry.upstream) {
      if (!byId.has(from)) throw new RangeError(`node [${entry.id}] waits for node [${from}], which does not exist`);
      const list = downstream.get(from);
      if (list) list.push(entry.id);
      else downstream.set(from, [entry.id]);
    }
  }
  const ready = [...byId.keys()].filter((id) => missing.get(id) === 0);
  for (const id of ready) {
    const entry = byId.get(id);
    const after = downstream.get(id) ?? [];
    if (entry) ordered.push({ id, node: entry.node, upstream: [...entry.upstream], downstream: after });
    for (const to of after) {
      const left = (missing.get(to) ?? 0) - 1;
      missing.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  if (ordered.length !== byId.size) throw new RangeError("the nodes of the workflow wait for each other in a circle");
  return { nodes: ordered, byId: new Map(ordered.map((node) => [node.id, node])), armsUpstream };
}
