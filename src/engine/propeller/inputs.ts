import { flyteidl } from "../../idl/flyteidl.ts";
import { followPath } from "./attribute-path.ts";
import { ResolveError } from "./resolve-error.ts";
import { startNodeId } from "./node-ids.ts";
import type { Binding, BindingData, Literal, LiteralMap, WorkflowNode } from "../../idl/types.ts";

/** What inputs are resolved against. */
export interface OutputSource {
  /** The outputs file of a node that succeeded; rejects when it cannot be read. */
  outputsOf(nodeId: string): Promise<LiteralMap>;
  node(nodeId: string): WorkflowNode | undefined;
  load(uri: string): Promise<Literal>;
}

// `[2].x`: element 2 of the list x. Flyte: nodes/output_resolver.go.
const elementName = /^\[(\d+)\]\.(.+)$/;

async function outputOf(source: OutputSource, nodeId: string, name: string): Promise<Literal> {
  const outputs = (await source.outputsOf(nodeId)).literals ?? {};
  const alias = source.node(nodeId)?.outputAliases?.find((each) => each.alias === name);
  const variable = alias?.var || name;
  const found = Object.hasOwn(outputs, variable) ? outputs[variable] : undefined;
  if (found !== undefined) return found;
  const element = elementName.exec(variable);
  const list = element?.[2] !== undefined && Object.hasOwn(outputs, element[2]) ? outputs[element[2]] : undefined;
  const item = list?.collection?.literals?.[Number(element?.[1])];
  if (item !== undefined) return item;
  throw new ResolveError(
    "OutputsNotFoundError",
    `failed to find [${nodeId}].[${name}]: the node's outputs are [${Object.keys(outputs).join(", ")}]`,
  );
}

async function resolve(data: BindingData | null | undefined, source: OutputSource): Promise<Literal | undefined> {
  if (data == null) return undefined;
  if (data.scalar != null) return { scalar: data.scalar };
  if (data.offloadedMetadata != null) return { offloadedMetadata: data.offloadedMetadata };
  if (data.collection != null) {
    const literals: Literal[] = [];
    for (const item of data.collection.bindings ?? []) literals.push((await resolve(item, source)) ?? { scalar: { noneType: {} } });
    return { collection: { literals } };
  }
  if (data.map != null) {
    const literals: Record<string, Literal> = {};
    for (const [key, item] of Object.entries(data.map.bindings ?? {})) {
      const literal = await resolve(item, source);
      if (literal !== undefined) literals[key] = literal;
    }
    return { map: { literals } };
  }
  if (data.promise != null) {
    const found = await outputOf(source, data.promise.nodeId || startNodeId, data.promise.var ?? "");
    return followPath(found, data.promise.attrPath ?? [], (uri) => source.load(uri));
  }
  return undefined;
}

/** A node's inputs. Bindings of nothing are left out. ResolveError for what is not there; other rejections are failed reads. */
export async function resolveInputs(bindings: readonly Binding[] | null | undefined, source: OutputSource): Promise<LiteralMap> {
  const literals: Record<string, Literal> = {};
  for (const binding of bindings ?? []) {
    const literal = await resolve(binding.binding, source);
    if (literal !== undefined) literals[binding.var ?? ""] = literal;
  }
  return { literals };
}

export function encodeLiteralMap(map: LiteralMap): Uint8Array {
  return flyteidl.core.LiteralMap.encode(map).finish();
}
