import { endNodeId, startNodeId } from "./node-ids.ts";
import type { WorkflowNode } from "../../idl/types.ts";

export const nodeKinds = ["start", "end", "task", "workflow", "launch-plan", "branch", "gate", "array"] as const;
/** Kinds of nodes that are built. */
export type NodeKind = (typeof nodeKinds)[number];

/** What runs a node; undefined for kinds that are not built. */
export function nodeKindOf(node: WorkflowNode): NodeKind | undefined {
  if (node.id === startNodeId) return "start";
  if (node.id === endNodeId) return "end";
  if (node.taskNode != null) return "task";
  if (node.branchNode != null) return "branch";
  if (isGate(node.gateNode)) return "gate";
  if (node.arrayNode != null) return "array";
  if (node.workflowNode?.launchplanRef != null) return "launch-plan";
  if (node.workflowNode?.subWorkflowRef != null) return "workflow";
  return undefined;
}

const isGate = (gate: WorkflowNode["gateNode"]): boolean => gate?.sleep != null || gate?.approve != null || gate?.signal != null;
