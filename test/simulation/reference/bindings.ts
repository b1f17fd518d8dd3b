import type { Binding, BindingData, Literal, LiteralMap } from "../../../src/idl/types.ts";

/** A value that a node needs is not there. */
export class NotThere extends Error {}

/** The nodes that a binding takes values from. */
export function namesIn(data: BindingData | null | undefined): string[] {
  return [
    ...(data?.promise == null ? [] : [data.promise.nodeId || "start-node"]),
    ...(data?.collection?.bindings ?? []).flatMap(namesIn),
    ...Object.values(data?.map?.bindings ?? {}).flatMap(namesIn),
  ];
}

function valueOf(data: BindingData | null | undefined, outputsOf: (nodeId: string) => LiteralMap | undefined): Literal {
  if (data?.scalar != null) return { scalar: data.scalar };
  if (data?.collection != null)
    return { collection: { literals: (data.collection.bindings ?? []).map((each) => valueOf(each, outputsOf)) } };
  if (data?.promise == null) throw new NotThere("this binding is not interpreted");
  const { nodeId, var: name, attrPath } = data.promise;
  let value = outputsOf(nodeId || "start-node")?.literals?.[name ?? ""];
  for (const step of attrPath ?? []) {
    value = step.stringValue != null ? value?.map?.literals?.[step.stringValue] : value?.collection?.literals?.[step.intValue ?? 0];
  }
  if (value === undefined) throw new NotThere(`[${nodeId}].[${name}]`);
  return value;
}

/** Inputs; NotThere when one of them cannot be had. */
export function inputsFrom(
  bindings: readonly Binding[] | null | undefined,
  outputsOf: (nodeId: string) => LiteralMap | undefined,
): LiteralMap {
  return { literals: Object.fromEntries((bindings ?? []).map((each) => [each.var ?? "", valueOf(each.binding, outputsOf)])) };
}
