import { largestFile } from "../largest-file.ts";
import { encodeLiteralMap, resolveInputs } from "../inputs.ts";
import { errorInput } from "./error-input.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import { hasStatus } from "../../../idl/status.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import { ResolveError } from "../resolve-error.ts";
import type { LiteralMap } from "../../../idl/types.ts";
import type { Failure } from "../state.ts";
import type { PlacedNode } from "../placed-node.ts";
import type { PropellerDeps } from "../propeller-deps.ts";
import type { WorkflowRun } from "../workflow-run.ts";

/** A LiteralMap file, read once a round. */
export function readLiterals(run: WorkflowRun, deps: PropellerDeps, uri: string): Promise<LiteralMap> {
  let file = run.files.get(uri);
  if (!file) {
    file = readBlob(deps.blobs, uri, largestFile).then((bytes) => flyteidl.core.LiteralMap.decode(bytes));
    run.files.set(uri, file);
  }
  return file;
}

/** The inputs of a node that may have begun. */
export function inputsOf(run: WorkflowRun, deps: PropellerDeps, placed: PlacedNode): Promise<LiteralMap> {
  return placed.element ? placed.element.inputs(run, deps) : readLiterals(run, deps, placed.layout.inputs);
}

export type ResolvedInputs = { readonly inputs: LiteralMap } | { readonly failure: Failure };

/**
 * A node's inputs from what its upstream nodes left. What is missing there will not come: a failure. Files that cannot be
 * read for other reasons reject, and the round is tried again.
 */
export async function inputsOfNode(
  run: WorkflowRun,
  deps: PropellerDeps,
  { scope, node }: PlacedNode,
  bindings = node.inputs,
): Promise<ResolvedInputs> {
  try {
    const inputs = await resolveInputs(bindings, {
      node: (id) => scope.find(id)?.node,
      outputsOf: async (id) => {
        const from = scope.find(id);
        if (!from) throw new ResolveError("OutputsNotFoundError", `there is no node [${id}]`);
        return readLiterals(run, deps, from.layout.outputs(run.node(from).attempt));
      },
      load: async (uri) => flyteidl.core.Literal.decode(await readBlob(deps.blobs, uri, largestFile)),
    });
    return { inputs };
  } catch (thrown) {
    if (!(thrown instanceof ResolveError) && !hasStatus(thrown, "NOT_FOUND")) throw thrown;
    const message = thrown instanceof ResolveError ? `${thrown.code}: ${thrown.message}` : thrown.message;
    return { failure: { code: "BindingResolutionFailure", message, kind: "SYSTEM" } };
  }
}

/**
 * Resolves and writes the inputs of a node that may start; a failure node is told there why the workflow failed. Without
 * them the node has failed, and the answer is undefined. With `isSettledLater` they need not be durable yet: see settleInputs.
 */
export async function writeInputs(
  run: WorkflowRun,
  deps: PropellerDeps,
  placed: PlacedNode,
  isSettledLater = false,
): Promise<LiteralMap | undefined> {
  const queuedAt = deps.clock.now();
  const resolved = await inputsOfNode(run, deps, placed);
  if ("failure" in resolved) {
    run.enterNodePhase(placed, "FAILED", deps.clock.now(), { queuedAt, failure: resolved.failure });
    return undefined;
  }
  const inputs = errorInput(run, placed, resolved.inputs);
  const uri = placed.layout.inputs;
  await deps.blobs.put(uri, encodeLiteralMap(inputs), { isPutAgain: true, isSyncedLater: isSettledLater });
  if (isSettledLater) settling(run, placed, deps.blobs.sync(uri));
  return inputs;
}

function settling(run: WorkflowRun, placed: PlacedNode, synced: Promise<void>): void {
  run.inputsSettled.set(placed, synced);
  // Whoever waits for it hears of it.
  synced.catch(() => undefined);
}

/**
 * Resolves when the inputs of a node that is begun are durable: to be awaited before anything is started on them. Meanwhile the
 * node's beginning is saved, which takes as long. A run that was read from its store writes them again: the machine may have lost them.
 */
export async function settleInputs(run: WorkflowRun, deps: PropellerDeps, placed: PlacedNode): Promise<void> {
  // What elements of arrays are given is durable when they begin.
  if (placed.element) return;
  const { inputsSettled } = run;
  if (!inputsSettled.has(placed)) settling(run, placed, rewriteInputs(run, deps, placed));
  try {
    await inputsSettled.get(placed);
  } catch (thrown) {
    inputsSettled.delete(placed);
    throw thrown;
  }
}

async function rewriteInputs(run: WorkflowRun, deps: PropellerDeps, placed: PlacedNode): Promise<void> {
  const resolved = await inputsOfNode(run, deps, placed);
  if ("failure" in resolved) throw new RangeError(`the inputs of node [${placed.key}] are gone: ${resolved.failure.message}`);
  await deps.blobs.put(placed.layout.inputs, encodeLiteralMap(errorInput(run, placed, resolved.inputs)), { isPutAgain: true });
}
