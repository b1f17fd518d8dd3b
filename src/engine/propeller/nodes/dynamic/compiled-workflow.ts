import { buildFailure, compileDynamic } from "./compile-dynamic.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { hasStatus } from "../../../../idl/status.ts";
import { messageOf } from "../../../../std/errors.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import { readProgram } from "../../program.ts";
import type { CompiledWorkflowClosure } from "../../../../idl/types.ts";
import type { CompiledDynamic, DynamicSpec } from "./compile-dynamic.ts";
import type { Failure } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { Program } from "../../program.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** Workflows made by tasks within such: more of them is a recursion without end. */
const deepest = 100;
const largestCompiled = 512 << 20;

/** Beside the spec that it was made of, as Flyte keeps it. */
export const compiledUri = (node: PlacedNode, attempt: number): string => `${node.layout.outputPrefix(attempt)}/dynamic_compiled.pb`;

async function readSpec(deps: PropellerDeps, uri: string): Promise<{ readonly spec: DynamicSpec } | { readonly failure: Failure }> {
  const unreadable = (thrown: unknown): { readonly failure: Failure } =>
    buildFailure("USER", "unable to read futures file, maybe corrupted", messageOf(thrown));
  let bytes: Uint8Array;
  try {
    bytes = await readBlob(deps.blobs, uri, deps.settings.maxOutputSize);
  } catch (thrown) {
    if (hasStatus(thrown, "NOT_FOUND", "RESOURCE_EXHAUSTED")) return unreadable(thrown);
    throw thrown;
  }
  try {
    return { spec: flyteidl.core.DynamicJobSpec.decode(bytes) };
  } catch (thrown) {
    return unreadable(thrown);
  }
}

async function compile(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, attempt: number): Promise<CompiledDynamic> {
  const task = node.scope.program.taskOf(node.node);
  if (!task) throw new RangeError(`node [${node.key}] is no task node`);
  if (node.scope.dynamicDepth >= deepest) {
    return buildFailure("USER", "malformed dynamic workflow", `dynamic workflows are nested more than [${deepest}] deep`);
  }
  const read = await readSpec(deps, node.layout.futures(attempt));
  if ("failure" in read) return read;
  const id = { execution: run.definition.spec.id, nodeId: node.uniqueId };
  const compiled = await compileDynamic(read.spec, { node: id, specNodeId: node.id, attempt, task }, deps.launchPlans);
  if ("failure" in compiled) return compiled;
  try {
    readProgram(compiled.closure);
    return compiled;
  } catch (thrown) {
    return buildFailure("SYSTEM", "failed to build workflow", messageOf(thrown));
  }
}

/**
 * Makes the workflow that an attempt has left a spec of, and keeps it. Resolves to what is wrong with it, if anything is.
 * Rejects while the store or admin cannot be reached.
 */
export async function makeCompiledWorkflow(
  run: WorkflowRun,
  deps: PropellerDeps,
  node: PlacedNode,
  attempt: number,
): Promise<Failure | undefined> {
  const compiled = await compile(run, deps, node, attempt);
  if ("failure" in compiled) return compiled.failure;
  let bytes: Uint8Array;
  try {
    bytes = encode(compiled.closure);
  } catch (thrown) {
    return buildFailure("USER", "malformed dynamic workflow", messageOf(thrown)).failure;
  }
  await deps.blobs.put(compiledUri(node, attempt), bytes);
  return undefined;
}

function encode(closure: CompiledWorkflowClosure): Uint8Array {
  // Throws for what messages are too deep for, admin's included.
  flyteidl.admin.NodeExecutionEventRequest.encode({
    event: { taskNodeMetadata: { dynamicWorkflow: { compiledWorkflow: closure } } },
  });
  return flyteidl.core.CompiledWorkflowClosure.encode(closure).finish();
}

/** The workflow of an attempt, as it was kept; made again when that is gone or cannot be read. Undefined when the spec is, too. */
export async function programOfAttempt(
  run: WorkflowRun,
  deps: PropellerDeps,
  node: PlacedNode,
  attempt: number,
): Promise<Program | undefined> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readBlob(deps.blobs, compiledUri(node, attempt), largestCompiled);
  } catch (thrown) {
    if (!hasStatus(thrown, "NOT_FOUND", "RESOURCE_EXHAUSTED")) throw thrown;
  }
  try {
    if (bytes) return readProgram(flyteidl.core.CompiledWorkflowClosure.decode(bytes));
  } catch (thrown) {
    deps.logger.warn("the workflow of a dynamic node cannot be read", { node: node.uniqueId, error: messageOf(thrown) });
  }
  const compiled = await compile(run, deps, node, attempt);
  if (!("failure" in compiled)) return readProgram(compiled.closure);
  deps.logger.error("the workflow of a dynamic node is lost", { node: node.uniqueId, error: compiled.failure.message });
  return undefined;
}
