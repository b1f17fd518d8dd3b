import type { flyteidl } from "../../../../idl/flyteidl.ts";
import type { TaskTemplate, VariableMap } from "../../../../idl/types.ts";

/**
 * A mapped task as each element runs it: it is registered with lists, and gives one value of each. Flyte:
 * nodes/array/node_execution_context.go arrayTaskReader, which leaves the inputs as they are; cache keys have it so.
 */
export function templateOfElement(template: TaskTemplate, array: flyteidl.core.ArrayNode.$Properties): TaskTemplate {
  if (array.isOriginalSubNodeInterface?.value || template.interface == null) return template;
  const variables: NonNullable<VariableMap["variables"]> = {};
  for (const [name, variable] of Object.entries(template.interface.outputs?.variables ?? {})) {
    variables[name] =
      variable.type?.collectionType == null ? variable : { type: variable.type.collectionType, description: variable.description ?? null };
  }
  return { ...template, interface: { inputs: template.interface.inputs ?? null, outputs: { variables } } };
}
