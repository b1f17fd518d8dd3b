import type { LiteralMap } from "../../idl/types.ts";
import type { NodeKind } from "./node-kind.ts";
import type { NodeLayout } from "./layout.ts";
import type { PropellerDeps } from "./propeller-deps.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowNode } from "../../idl/types.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** What of an element of an array differs from other nodes. */
export interface ArrayElement {
  readonly index: number;
  /** It takes part in the execution's limit on parallelism: its array has none of its own. */
  readonly isCounted: boolean;
  /** Admin knows it as a node of its own; of others their array tells. */
  readonly isTold: boolean;
  /** What tells its task which element it is. */
  readonly env: Readonly<Record<string, string>>;
  inputs(run: WorkflowRun, deps: PropellerDeps): Promise<LiteralMap>;
}

/** A node where it stands: in the workflow's own graph, or in that within another node's attempt. One object a run. */
export interface PlacedNode {
  readonly scope: Scope;
  /** As it was declared: unique in its graph. */
  readonly id: string;
  /** Where it stands in its graph: what it waits for there comes before it. */
  readonly order: number;
  /** Unique in the execution, as propeller keeps it; a node id at the top. */
  readonly key: string;
  /** Unique in the execution, as admin and plugins know it. */
  readonly uniqueId: string;
  readonly kind: NodeKind | "element" | "launch-plan-element";
  /** What was declared; nothing for the start node. The end node's inputs are the workflow's outputs. */
  readonly node: WorkflowNode;
  readonly layout: NodeLayout;
  readonly upstream: readonly PlacedNode[];
  /** Nodes in scopes within included; more come as those are opened. */
  readonly downstream: Set<PlacedNode>;
  readonly element?: ArrayElement;
}
