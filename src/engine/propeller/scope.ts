import { keyPartOf } from "./node-key.ts";
import { nodeKindOf } from "./node-kind.ts";
import { uniqueNodeId } from "../../idl/names.ts";
import { layoutWithin } from "./layout.ts";
import type { NodeLayout } from "./layout.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { Program } from "./program.ts";
import type { WorkflowGraph } from "./graph.ts";
import type { WorkflowNode } from "../../idl/types.ts";

/** Where a scope is: in one attempt of a node. */
export interface Within {
  readonly node: PlacedNode;
  readonly attempt: number;
}

export interface ScopeOptions {
  /** What the nodes refer to. */
  readonly program: Program;
  readonly graph: Pick<WorkflowGraph, "nodes" | "armsUpstream">;
  readonly failureNode?: WorkflowNode | null | undefined;
  /** For the workflow's own graph: where its nodes keep their files. */
  readonly place: Within | ((nodeId: string) => NodeLayout);
  /** A task made it. */
  readonly isDynamic?: boolean;
  /** Whose nodes the inputs of these may name as well: arms of branches see what their branch sees. */
  readonly outer?: Scope;
}

/** The key of a scope: what the keys of its nodes begin with. Each attempt begins with fresh state. */
export const scopeKeyOf = (node: PlacedNode, attempt: number): string => `${node.key}/${attempt}/`;

/** A graph that is run: the workflow's own, or that within an attempt of a node. */
export class Scope {
  readonly program: Program;
  /** What arms of its branches wait for besides what is bound to them. */
  readonly armsUpstream: WorkflowGraph["armsUpstream"];
  readonly within: Within | undefined;
  readonly key: string;
  /** Each after all it waits for. */
  readonly nodes: readonly PlacedNode[];
  readonly failureNode: PlacedNode | undefined;
  /** Nodes that may have become ready: all at first, later those after a node that has succeeded or ended. */
  readonly candidates: Set<PlacedNode>;
  /** Nodes that were ready and are to begin once the execution has room, in their turn. */
  readonly waiting: Set<PlacedNode> = new Set();
  /** Nodes in active phases, or to be cleaned up; not those in scopes within. */
  readonly atWork: Set<PlacedNode> = new Set();
  /** How many workflows made by tasks it is in, itself counted. */
  readonly dynamicDepth: number;
  /** Some node has failed or timed out. */
  hasFailure = false;
  readonly #outer: Scope | undefined;
  readonly #byId: ReadonlyMap<string, PlacedNode>;

  constructor({ program, graph, failureNode, place: at, outer, isDynamic }: ScopeOptions) {
    const within = typeof at === "function" ? undefined : at;
    const layoutOf = typeof at === "function" ? at : (id: string) => layoutWithin(at.node.layout, at.attempt, id);
    const { nodes } = graph;
    this.program = program;
    this.armsUpstream = graph.armsUpstream;
    this.within = within;
    this.key = within ? scopeKeyOf(within.node, within.attempt) : "";
    this.dynamicDepth = (within?.node.scope.dynamicDepth ?? 0) + (isDynamic ? 1 : 0);
    this.#outer = outer;
    const byId = new Map<string, PlacedNode>();
    const place = (id: string, node: WorkflowNode, upstream: readonly PlacedNode[]): PlacedNode => ({
      scope: this,
      id,
      order: byId.size,
      key: `${this.key}${keyPartOf(id)}`,
      uniqueId: uniqueNodeId(id, within && { uniqueId: within.node.uniqueId, attempt: within.attempt }),
      // The definition's refusal keeps others out.
      kind: nodeKindOf(node) ?? "task",
      node,
      layout: layoutOf(id),
      upstream,
      downstream: new Set(),
    });
    for (const { id, node, upstream } of nodes) {
      const before = upstream.map((from) => {
        const placed = byId.get(from) ?? outer?.find(from);
        if (!placed) throw new RangeError(`node [${id}] waits for node [${from}], which does not come before it`);
        return placed;
      });
      const placed = place(id, node ?? { id }, before);
      for (const from of before) from.downstream.add(placed);
      byId.set(id, placed);
    }
    this.#byId = byId;
    this.nodes = [...byId.values()];
    this.failureNode = failureNode == null ? undefined : place(failureNode.id ?? "", failureNode, []);
    this.candidates = new Set(this.nodes);
  }

  /** Nodes of which admin is told one by one. */
  get told(): Iterable<PlacedNode> {
    return this.failureNode ? [...this.nodes, this.failureNode] : this.nodes;
  }

  /** A node that inputs of this scope's nodes may name. */
  find(id: string): PlacedNode | undefined {
    return this.#byId.get(id) ?? this.#outer?.find(id);
  }

  /** A node of this scope itself. */
  own(id: string): PlacedNode | undefined {
    return this.#byId.get(id) ?? (this.failureNode?.id === id ? this.failureNode : undefined);
  }
}
