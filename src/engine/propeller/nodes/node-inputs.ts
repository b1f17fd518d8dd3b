import { flyteidl } from "../../../idl/flyteidl.ts";
import { hasStatus } from "../../../idl/status.ts";
import { resolveInputs } from "../inputs.ts";
import { nodeLayout } from "../layout.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import { ResolveError } from "../resolve-error.ts";
import type { Binding, LiteralMap } from "../../../idl/types.ts";
import type { Failure } from "../state.ts";
import type { PropellerDeps } from "../propeller-deps.ts";
import type { WorkflowRun } from "../workflow-run.ts";

// What propeller reads of one file: attempts cannot write more, and workflow inputs are bounded by admin.
const largestFile = 1 << 30;

/** A LiteralMap file, read once a round. */
export function readLiterals(run: WorkflowRun, deps: PropellerDeps, uri: string): Promise<LiteralMap> {
  let file = run.files.get(uri);
  if (!file) {
    file = readBlob(deps.blobs, uri, largestFile).then((bytes) => flyteidl.core.LiteralMap.decode(bytes));
    run.files.set(uri, file);
  }
  return file;
}

export type ResolvedInputs = { readonly inputs: LiteralMap } | { readonly failure: Failure };

/**
 * A node's inputs from what its upstream nodes left. What is missing there will not come: a failure. Files that cannot be
 * read for other reasons reject, and the round is tried again.
 */
export async function inputsOfNode(
  run: WorkflowRun,
  deps: PropellerDeps,
  bindings: readonly Binding[] | null | undefined,
): Promise<ResolvedInputs> {
  const { spec, graph } = run.definition;
  try {
    const inputs = await resolveInputs(bindings, {
      node: (id) => graph.byId.get(id)?.node,
      outputsOf: (id) => readLiterals(run, deps, nodeLayout(deps.settings, spec.id, id).outputs(run.node(id).attempt)),
      load: async (uri) => flyteidl.core.Literal.decode(await readBlob(deps.blobs, uri, largestFile)),
    });
    return { inputs };
  } catch (thrown) {
    if (!(thrown instanceof ResolveError) && !hasStatus(thrown, "NOT_FOUND")) throw thrown;
    const message = thrown instanceof ResolveError ? `${thrown.code}: ${thrown.message}` : thrown.message;
    return { failure: { code: "BindingResolutionFailure", message, kind: "SYSTEM" } };
  }
}
