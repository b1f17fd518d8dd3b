import { flyteidl } from "./flyteidl.ts";
import type { Identifier } from "./types.ts";

/** A registered entity's full name. */
export interface EntityId {
  readonly project: string;
  readonly domain: string;
  readonly name: string;
  readonly version: string;
}

/** A name without a version: what has versions. */
export type NamedEntityId = Omit<EntityId, "version">;

export interface WorkflowExecutionId {
  readonly project: string;
  readonly domain: string;
  readonly name: string;
}

/** `nodeId` is the unique id: the ids of its ancestors and their attempts are in it. */
export interface NodeExecutionId {
  readonly execution: WorkflowExecutionId;
  readonly nodeId: string;
}

export interface TaskExecutionId {
  readonly task: EntityId;
  readonly node: NodeExecutionId;
  readonly retryAttempt: number;
}

export const resourceTypes = flyteidl.core.ResourceType;
export type ResourceTypeName = "TASK" | "WORKFLOW" | "LAUNCH_PLAN";

export function entityIdOf(id: Identifier | null | undefined): EntityId {
  return { project: id?.project ?? "", domain: id?.domain ?? "", name: id?.name ?? "", version: id?.version ?? "" };
}

export function identifierOf(type: ResourceTypeName, id: EntityId): flyteidl.core.Identifier.$Properties {
  return { resourceType: resourceTypes[type], project: id.project, domain: id.domain, name: id.name, version: id.version };
}

export function executionIdOf(id: flyteidl.core.WorkflowExecutionIdentifier.$Properties | null | undefined): WorkflowExecutionId {
  return { project: id?.project ?? "", domain: id?.domain ?? "", name: id?.name ?? "" };
}

export function nodeExecutionIdOf(id: flyteidl.core.NodeExecutionIdentifier.$Properties | null | undefined): NodeExecutionId {
  return { execution: executionIdOf(id?.executionId), nodeId: id?.nodeId ?? "" };
}

export function taskExecutionIdOf(id: flyteidl.core.TaskExecutionIdentifier.$Properties | null | undefined): TaskExecutionId {
  return { task: entityIdOf(id?.taskId), node: nodeExecutionIdOf(id?.nodeExecutionId), retryAttempt: id?.retryAttempt ?? 0 };
}

export function nodeExecutionIdentifierOf(id: NodeExecutionId): flyteidl.core.NodeExecutionIdentifier.$Properties {
  return { nodeId: id.nodeId, executionId: { project: id.execution.project, domain: id.execution.domain, name: id.execution.name } };
}

export function taskExecutionIdentifierOf(id: TaskExecutionId): flyteidl.core.TaskExecutionIdentifier.$Properties {
  return { taskId: identifierOf("TASK", id.task), nodeExecutionId: nodeExecutionIdentifierOf(id.node), retryAttempt: id.retryAttempt };
}

/** `project:domain:name`, for keys of maps and for log lines. */
export function executionKey(id: WorkflowExecutionId): string {
  return `${id.project}:${id.domain}:${id.name}`;
}

/** The inverse of executionKey. */
export function executionOfKey(key: string): WorkflowExecutionId {
  const [project = "", domain = "", name = ""] = key.split(":");
  return { project, domain, name };
}
