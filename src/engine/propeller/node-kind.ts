import { endNodeId, startNodeId } from "./node-ids.ts";
import type { NodeKind } from "./placed-node.ts";
import type { WorkflowNode } from "../../idl/types.ts";

/** What runs a node; undefined for kinds that are not built. */
export function nodeKindOf(node: WorkflowNode): NodeKind | undefined {
  if (node.id === startNodeId) return "start";
  if (node.id === endNodeId) return "end";
  if (node.taskNode != null) return "task";
  if (node.branchNode != null) return "branch";
  if (isGate(node.gateNode)) return "gate";
  if (node.workflowNode?.subWorkflowRef != null && node.workflowNode.launchplanRef == null) return "workflow";
  return undefined;
}

const isGate = (gate: WorkflowNode["gateNode"]): boolean => gate?.sleep != null || gate?.approve != null || gate?.signal != null;
