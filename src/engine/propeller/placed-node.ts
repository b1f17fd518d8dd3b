import type { NodeKind } from "./node-kind.ts";
import type { NodeLayout } from "./layout.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowNode } from "../../idl/types.ts";

/** A node where it stands: in the workflow's own graph, or in that within another node's attempt. One object a run. */
export interface PlacedNode {
  readonly scope: Scope;
  /** As it was declared: unique in its graph. */
  readonly id: string;
  /** Unique in the execution, as propeller keeps it; a node id at the top. */
  readonly key: string;
  /** Unique in the execution, as admin and plugins know it. */
  readonly uniqueId: string;
  readonly kind: NodeKind;
  /** What was declared; nothing for the start node. The end node's inputs are the workflow's outputs. */
  readonly node: WorkflowNode;
  readonly layout: NodeLayout;
  readonly upstream: readonly PlacedNode[];
  /** Nodes in scopes within included; more come as those are opened. */
  readonly downstream: Set<PlacedNode>;
}
