import { largestFile } from "../../largest-file.ts";
import { bytesField, concatBytes, countMessages, subMessage, subMessages } from "../../../../idl/wire.ts";
import { encodeLiteralMap } from "../../inputs.ts";
import { errorInput } from "../error-input.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { inputsOfNode } from "../node-inputs.ts";
import { hasStatus } from "../../../../idl/status.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import { startNodeId } from "../../node-ids.ts";
import type { Binding } from "../../../../idl/types.ts";
import type { Failure } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

const collectionField = 2;
const offloadedField = 8;

/** Encoded inputs of an array, a core.Literal each. */
type ArrayInputs = ReadonlyMap<string, Uint8Array>;
type ResolvedArrayInputs = { readonly inputs: ArrayInputs } | { readonly failure: Failure };

/** By name, the encoded literals of an encoded LiteralMap. */
export function literalsIn(encoded: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const entry of subMessages(encoded, 1)) {
    const [key] = subMessages(entry, 1);
    found.set(Buffer.from(key ?? new Uint8Array()).toString(), subMessages(entry, 2).at(-1) ?? new Uint8Array());
  }
  return found;
}

/** A LiteralMap of what is encoded already. */
export function encodedMapOf(literals: Iterable<readonly [name: string, literal: Uint8Array]>): Uint8Array {
  return concatBytes(
    ...[...literals].map(([name, literal]) => bytesField(1, concatBytes(bytesField(1, Buffer.from(name)), bytesField(2, literal)))),
  );
}

/**
 * The inputs of an array. Lists may have millions of elements: what is the output of a node is copied as it is, and decoded
 * only where a part of it is asked for.
 */
export async function inputsOfArray(run: WorkflowRun, deps: PropellerDeps, placed: PlacedNode): Promise<ResolvedArrayInputs> {
  const { scope, node } = placed;
  const inputs = new Map<string, Uint8Array>();
  const files = new Map<string, ReadonlyMap<string, Uint8Array>>();
  const read = async (uri: string): Promise<ReadonlyMap<string, Uint8Array>> => {
    const known = files.get(uri) ?? literalsIn(await readBlob(deps.blobs, uri, largestFile));
    files.set(uri, known);
    return known;
  };
  const rest: Binding[] = [];
  for (const binding of node.inputs ?? []) {
    const { promise } = binding.binding ?? {};
    const from = promise == null ? undefined : scope.find(promise.nodeId || startNodeId);
    const isWhole = from !== undefined && !promise?.attrPath?.length && !from.node.outputAliases?.length;
    const found = isWhole ? await valueIn(() => read(from.layout.outputs(run.node(from).attempt)), promise?.var ?? "") : undefined;
    if (found) inputs.set(binding.var ?? "", found);
    else rest.push(binding);
  }
  const resolved = await inputsOfNode(run, deps, placed, rest);
  if ("failure" in resolved) return resolved;
  for (const [name, literal] of literalsIn(encodeLiteralMap(errorInput(run, placed, resolved.inputs)))) inputs.set(name, literal);
  for (const [name, literal] of inputs) inputs.set(name, await loaded(deps, literal));
  return { inputs };
}

/** Undefined for what is not there: that is told as for other nodes. */
async function valueIn(read: () => Promise<ReadonlyMap<string, Uint8Array>>, name: string): Promise<Uint8Array | undefined> {
  try {
    return (await read()).get(name);
  } catch (thrown) {
    if (!hasStatus(thrown, "NOT_FOUND")) throw thrown;
    return undefined;
  }
}

/** A literal that is kept in a file of its own is read from there: its elements are needed. */
async function loaded({ blobs }: PropellerDeps, literal: Uint8Array): Promise<Uint8Array> {
  const offloaded = subMessage(literal, [offloadedField]);
  if (!offloaded) return literal;
  return readBlob(blobs, flyteidl.core.LiteralOffloadedMetadata.decode(offloaded).uri, largestFile);
}

/** Lengths of the lists among inputs; undefined for those that are none. In order of their names, for the same message each time. */
export function lengthsOf(inputs: ArrayInputs): ReadonlyMap<string, number | undefined> {
  const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
  return new Map([...inputs].sort(byName).map(([name, literal]) => [name, lengthOf(literal)]));
}

function lengthOf(literal: Uint8Array): number | undefined {
  const parts = subMessages(literal, collectionField);
  return parts.length === 0 ? undefined : parts.reduce((sum, part) => sum + countMessages(part, 1), 0);
}
