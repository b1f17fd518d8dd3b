import { flyteidl } from "../idl/flyteidl.ts";
import type { Binding, WorkflowNode } from "../idl/types.ts";
import type { CompiledNode } from "./check-binding.ts";
import { checkBinding } from "./check-binding.ts";
import { parameterBoundMoreThanOnce, parameterNotBound, valueRequired, variableNameNotFound } from "./compile-error-texts.ts";
import type { CompileErrors } from "./compile-errors.ts";

/**
 * Checks all that is bound to a node: each input once, no unknown ones, none missing but those whose type is a union with
 * NONE. Answers the ids of the nodes that the well bound inputs take values from.
 */
export function checkBindings(
  node: WorkflowNode,
  bindings: readonly Binding[],
  inputs: CompiledNode["inputs"],
  nodes: ReadonlyMap<string, CompiledNode>,
  errors: CompileErrors,
): readonly string[] {
  const nodeId = node.id ?? "";
  const bound = new Set<string>();
  const upstream: string[] = [];
  for (const { var: name = "", binding } of bindings) {
    const input = name ?? "";
    const variable = Object.hasOwn(inputs, input) ? inputs[input] : undefined;
    if (variable === undefined) errors.add(variableNameNotFound(nodeId, input));
    else if (binding == null) errors.add(valueRequired(nodeId, "Binding"));
    else if (bound.has(input)) errors.add(parameterBoundMoreThanOnce(nodeId, input));
    else {
      bound.add(input);
      upstream.push(...(checkBinding(binding, variable.type, { node, input, nodes, errors }) ?? []));
    }
  }
  for (const [name, variable] of Object.entries(inputs)) {
    if (!bound.has(name) && !isOptional(variable)) errors.add(parameterNotBound(nodeId, name));
  }
  return upstream;
}

const isOptional = (variable: flyteidl.core.Variable.$Properties): boolean =>
  variable.type?.unionType?.variants?.some((variant) => variant.simple === flyteidl.core.SimpleType.NONE) ?? false;
