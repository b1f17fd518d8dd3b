import { flyteidl } from "../idl/flyteidl.ts";
import type { LiteralType, WorkflowNode } from "../idl/types.ts";
import { checkBinding, variableOf } from "./check-binding.ts";
import { parameterBoundMoreThanOnce, parameterNotBound, valueRequired, variableNameNotFound } from "./compile-error-texts.ts";
import type { CompileErrors } from "./compile-errors.ts";
import type { DiscoveredInputs, Producer, Variables } from "./workflow-scope.ts";

type ProducerOf = (nodeId: string) => Producer | undefined;

/**
 * Checks all that is bound to a node: each input once, no unknown ones, none missing but those whose type is a union with
 * NONE. Answers the ids of the nodes that the well bound inputs take values from.
 */
export function checkBindings(node: WorkflowNode, inputs: Variables, producer: ProducerOf, errors: CompileErrors): readonly string[] {
  const nodeId = node.id ?? "";
  const bound = new Set<string>();
  const upstream: string[] = [];
  for (const { var: name, binding } of node.inputs ?? []) {
    const input = name ?? "";
    const variable = variableOf(inputs, input);
    if (variable === undefined) errors.add(variableNameNotFound(nodeId, input));
    else if (binding == null) errors.add(valueRequired(nodeId, "Binding"));
    else if (bound.has(input)) errors.add(parameterBoundMoreThanOnce(nodeId, input));
    else {
      bound.add(input);
      upstream.push(...(checkBinding(binding, variable.type, { node, input, producer, errors, typed: true })?.upstream ?? []));
    }
  }
  for (const [name, variable] of Object.entries(inputs)) {
    if (!bound.has(name) && !isOptional(variable)) errors.add(parameterNotBound(nodeId, name));
  }
  return upstream;
}

/**
 * The inputs of a node that declares none: what is bound to it. Branches and approvals have such. Flyte: a value of any type
 * but lists and maps of bindings. Unlike Flyte's compiler, which takes the type of the whole variable, an attribute path is
 * followed.
 */
export function discoverInputs(node: WorkflowNode, producer: ProducerOf, errors: CompileErrors): DiscoveredInputs {
  const nodeId = node.id ?? "";
  const anything: LiteralType = { simple: flyteidl.core.SimpleType.NONE };
  const types = new Map<string, LiteralType | undefined>();
  const bound = new Set<string>();
  const upstream: string[] = [];
  for (const { var: name, binding } of node.inputs ?? []) {
    const input = name ?? "";
    if (binding == null) errors.add(valueRequired(nodeId, "Binding"));
    else if (bound.has(input)) errors.add(parameterBoundMoreThanOnce(nodeId, input));
    else {
      bound.add(input);
      const value = checkBinding(binding, anything, { node, input, producer, errors, typed: false });
      if (value) types.set(input, value.type);
      // A value that depends on this node itself is not known yet: the edge shows the circle.
      upstream.push(...(value?.upstream ?? (binding.promise == null ? [] : [binding.promise.nodeId ?? ""])));
    }
  }
  return { types, upstream };
}

const isOptional = (variable: flyteidl.core.Variable.$Properties): boolean =>
  variable.type?.unionType?.variants?.some((variant) => variant.simple === flyteidl.core.SimpleType.NONE) ?? false;
