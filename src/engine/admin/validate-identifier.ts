import { flyteidl } from "../../idl/flyteidl.ts";
import { entityIdOf, executionIdOf, nodeExecutionIdOf, taskExecutionIdOf } from "../../idl/identifiers.ts";
import type {
  EntityId,
  NamedEntityId,
  NodeExecutionId,
  ResourceTypeName,
  TaskExecutionId,
  WorkflowExecutionId,
} from "../../idl/identifiers.ts";
import { identifierText } from "../../idl/type-text.ts";
import type { Identifier } from "../../idl/types.ts";
import { invalidArgument, missingField } from "./refusals.ts";

const { ResourceType } = flyteidl.core;

/** A complete identifier of the given type. `typeMayBeAbsent`: of reads, whose HTTP routes say the type by their path. */
export function validIdentifier(
  id: Identifier | null | undefined,
  expected: ResourceTypeName,
  options: { readonly typeMayBeAbsent?: boolean } = {},
): EntityId {
  if (id == null) throw missingField("id");
  const type = id.resourceType ?? 0;
  if (type !== ResourceType[expected] && !(options.typeMayBeAbsent && type === ResourceType.UNSPECIFIED)) {
    throw invalidArgument(
      `unexpected resource type ${(ResourceType[type] ?? String(type)).toLowerCase()} for identifier [${identifierText(id)}], expected ${expected.toLowerCase()} instead`,
    );
  }
  return completeIdentifier(id);
}

export function completeIdentifier(id: Identifier | null | undefined): EntityId {
  if (id == null) throw missingField("id");
  return complete(entityIdOf(id));
}

/** Every field non-empty; `missing <field>` for the first that is not. */
function complete<T extends object>(id: T): T {
  for (const [field, value] of Object.entries(id)) if (value === "") throw missingField(field);
  return id;
}

export function validExecutionId(id: flyteidl.core.WorkflowExecutionIdentifier.$Properties | null | undefined): WorkflowExecutionId {
  if (id == null) throw missingField("execution_id");
  return complete(executionIdOf(id));
}

export function validNodeExecutionId(id: flyteidl.core.NodeExecutionIdentifier.$Properties | null | undefined): NodeExecutionId {
  if (id == null) throw missingField("id");
  if (id.executionId == null) throw missingField("execution_id");
  const valid = nodeExecutionIdOf(id);
  complete(valid.execution);
  if (valid.nodeId === "") throw missingField("node_id");
  return valid;
}

export function validTaskExecutionId(id: flyteidl.core.TaskExecutionIdentifier.$Properties | null | undefined): TaskExecutionId {
  if (id == null) throw missingField("id");
  if (id.nodeExecutionId == null) throw missingField("node_execution_id");
  validNodeExecutionId(id.nodeExecutionId);
  if (id.taskId == null) throw missingField("task_id");
  completeIdentifier(id.taskId);
  return taskExecutionIdOf(id);
}

/** Project and domain set; the name where `nameRequired`. */
export function validNamedEntityId(
  id: flyteidl.admin.NamedEntityIdentifier.$Properties | null | undefined,
  nameRequired: boolean,
): NamedEntityId {
  if (id == null) throw missingField("id");
  if (!id.project) throw missingField("project");
  if (!id.domain) throw missingField("domain");
  if (nameRequired && !id.name) throw missingField("name");
  return { project: id.project, domain: id.domain, name: id.name ?? "" };
}
