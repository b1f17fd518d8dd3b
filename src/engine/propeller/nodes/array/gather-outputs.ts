import { bytesField, concatBytes } from "../../../../idl/wire.ts";
import { encodedMapOf, literalsIn } from "./array-inputs.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { mapBounded } from "../../map-bounded.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import type { ArrayScope } from "./array-scope.ts";
import type { BlobStore } from "../../../../ports/blob-store.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

const none = flyteidl.core.Literal.encode({ scalar: { noneType: {} } }).finish();
/** Elements whose outputs are read before they are joined. */
const elementsAtOnce = 1024;
const readsAtATime = 32;

/**
 * The outputs of a whole array, an encoded LiteralMap: of every variable a list with an element's value or, of one that has
 * not succeeded, none. Undefined when it would be larger than `largest`. Flyte: nodes/array/handler.go, ArrayNodePhaseSucceeding.
 */
export async function gatherOutputs(
  run: WorkflowRun,
  blobs: BlobStore,
  scope: ArrayScope,
  names: readonly string[],
  largest: number,
): Promise<Uint8Array | undefined> {
  const lists = new Map<string, Uint8Array[]>(names.map((name) => [name, []]));
  let size = 0;
  for (let first = 0; first < scope.size && names.length > 0; first += elementsAtOnce) {
    const indices = Array.from({ length: Math.min(elementsAtOnce, scope.size - first) }, (_, position) => first + position);
    const read = await mapBounded(indices, readsAtATime, async (index) => {
      const uri = scope.outputsOf(run, index);
      return uri === undefined ? undefined : literalsIn(await readBlob(blobs, uri, largest));
    });
    const failed = read.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    for (const [name, parts] of lists) {
      const values = read.map((result) => bytesField(1, (result.status === "fulfilled" ? result.value?.get(name) : undefined) ?? none));
      const part = Buffer.concat(values);
      size += part.length;
      parts.push(part);
    }
    if (size > largest) return undefined;
  }
  return encodedMapOf([...lists].map(([name, parts]) => [name, bytesField(2, concatBytes(...parts))]));
}
