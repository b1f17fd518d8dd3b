import { abortNodes } from "./abort-nodes.ts";
import { failureOfNodes } from "./outcome-of-scope.ts";
import { isNodeCleaning, type Readiness, readinessOf } from "./node-transition.ts";
import { mapBounded } from "./map-bounded.ts";
import { prepareNode } from "./recovery/prepare-node.ts";
import { sharesParallelism } from "./nodes/array/array-rules.ts";
import type { NodeStatePhase } from "./node-transition.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { PropellerDeps } from "./propeller-deps.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** Reads and writes of one round at a time. */
export const effectsAtATime = 32;

/** A node under way that follows what is within it. */
function isComposite(run: WorkflowRun, node: PlacedNode): boolean {
  const handler = run.handlerOf(node);
  if (!handler.advance) return false;
  const state = run.node(node);
  return !isNodeCleaning(state.phase) && (handler.holdsGraph?.(state) ?? true);
}

/** How many more counted nodes may be at work, in all scopes together. */
export function roomOf(run: WorkflowRun, deps: PropellerDeps): number {
  const limit = run.definition.executionSpec.maxParallelism || deps.settings.maxParallelism;
  if (limit <= 0) return Infinity;
  const taken = [...run.nodesAtWork(), ...run.beginning].filter((node) => isCounted(run, deps, node));
  return Math.max(0, limit - new Set(taken).size);
}

/** An array counts as one, unless its elements count instead. */
function isCounted(run: WorkflowRun, { settings }: PropellerDeps, node: PlacedNode): boolean {
  if (node.element) return node.element.isCounted;
  return (
    run.handlerOf(node).isCounted &&
    !run.handlerOf(node).holdsGraph?.(run.node(node)) &&
    !(node.kind === "array" && sharesParallelism(node.node.arrayNode ?? {}, settings.arrayParallelism))
  );
}

function* phasesOf(run: WorkflowRun, nodes: readonly PlacedNode[]): Iterable<NodeStatePhase> {
  for (const node of nodes) yield run.node(node).phase;
}

/** Whether nodes of a scope may begin: its workflow has not failed, nor that around it. */
function isLive(run: WorkflowRun, scope: Scope): boolean {
  if (failureOfNodes(run, scope)) return false;
  if (!scope.within) return run.state.phase === "RUNNING";
  const { node, attempt } = scope.within;
  const around = run.node(node);
  return around.phase === "RUNNING" && around.attempt === attempt && around.failureWithin === undefined;
}

/** Looks at a node that waits for others, and skips it when it cannot run any more. */
function readiness(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode): "BEGUN" | Readiness {
  if (node.kind === "start" || run.node(node).phase !== "NOT_YET_STARTED") return "BEGUN";
  const found = readinessOf(phasesOf(run, node.upstream));
  if (found === "SKIP") run.enterNodePhase(node, "SKIPPED", deps.clock.now());
  return found;
}

/**
 * One pass over a scope: skips what cannot run any more, and adds what may start, as long as there is room. What has none
 * waits in its turn, and is not looked at again before there is. Answers whether some were skipped.
 */
function findReady(run: WorkflowRun, deps: PropellerDeps, scope: Scope, room: { left: number }, ready: PlacedNode[]): boolean {
  if ((scope.candidates.size === 0 && scope.waiting.size === 0) || !isLive(run, scope)) return false;
  let skipped = false;
  for (const node of [...scope.candidates].sort((one, other) => one.order - other.order)) {
    const found = readiness(run, deps, node);
    if (found === "READY" && !run.handlerOf(node).isCounted) {
      ready.push(node);
      continue;
    }
    scope.candidates.delete(node);
    if (found === "READY") scope.waiting.add(node);
    skipped ||= found === "SKIP";
  }
  for (const node of scope.waiting) {
    if (room.left <= 0) break;
    // What it waited for may have come out otherwise meanwhile.
    const found = readiness(run, deps, node);
    if (found === "READY") {
      room.left--;
      ready.push(node);
    } else {
      scope.waiting.delete(node);
      skipped ||= found === "SKIP";
    }
  }
  return skipped;
}

/** Begins the next attempts of nodes whose last ones are cleaned up. */
export function retryNodes(run: WorkflowRun, deps: PropellerDeps): void {
  for (const node of run.nodesAtWork()) {
    const { phase, attempt } = run.node(node);
    const fresh = phase === "RETRYABLE_FAILURE" ? run.handlerOf(node).retry?.(run, deps, node) : undefined;
    if (fresh) run.enterNodePhase(node, "RUNNING", deps.clock.now(), { ...fresh, attempt: attempt + 1 });
  }
}

/** Ends what is left of nodes that hold others, innermost first: those are aborted, and once they are gone the node is at its end. */
export function settleNodes(run: WorkflowRun, deps: PropellerDeps): void {
  for (const scope of [...run.scopes].toReversed()) {
    for (const node of scope.atWork) {
      const { phase, failure } = run.node(node);
      if (!isNodeCleaning(phase)) continue;
      const within = run.scopeWithin(node);
      if (within?.atWork.size) abortNodes(run, within, failure?.message ?? "the attempt failed", deps.clock.now());
      else if (phase !== "RETRYABLE_FAILURE" && !run.handlerOf(node).clean) run.finishCleaning(node);
    }
  }
}

const failures = (results: readonly PromiseSettledResult<unknown>[]): readonly unknown[] =>
  results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));

/**
 * Walks all graphs until nothing more may start: ready nodes are prepared and queued (or done at once, which may make
 * others ready), but nothing of theirs is started. With `mayEnd`, nodes that hold others follow what became of those. What
 * went wrong is returned; the rest has gone on.
 */
export async function walk(run: WorkflowRun, deps: PropellerDeps, mayEnd: boolean): Promise<readonly unknown[]> {
  for (;;) {
    if (run.state.phase === "RUNNING" && failureOfNodes(run, run.root)) return [];
    const ready: PlacedNode[] = [];
    const room = { left: roomOf(run, deps) };
    let moved = false;
    for (const scope of run.scopes) moved = findReady(run, deps, scope, room, ready) || moved;
    const prepared = await mapBounded(ready, effectsAtATime, (node) => prepareNode(run, deps, node));
    const composite = run.nodesAtWork().filter((node) => isComposite(run, node));
    const advanced = await mapBounded(composite, effectsAtATime, async (node) => {
      if (await run.handlerOf(node).advance?.(run, deps, node, mayEnd)) moved = true;
    });
    const errors = [...failures(prepared), ...failures(advanced)];
    if (errors.length > 0) return errors;
    if (ready.length === 0 && !moved) return [];
  }
}

/** What of a node is done once in a round: of each attempt, first what it waits for, then itself. */
export function stageOf(run: WorkflowRun, node: PlacedNode): string {
  const state = run.node(node);
  return `${node.key}/${state.attempt}${run.handlerOf(node).stageOf?.(state) ?? ""}`;
}

/**
 * Nodes whose attempts are asked about, or cleaned up after, in this step. With `asked` (unique ids), attempts that are
 * under way are asked about only when it names their node.
 */
export function nodesWithEffects(
  run: WorkflowRun,
  deps: PropellerDeps,
  handled: ReadonlySet<string>,
  asked?: ReadonlySet<string>,
): { readonly handle: readonly PlacedNode[]; readonly clean: readonly PlacedNode[] } {
  const now = deps.clock.now();
  const handle: PlacedNode[] = [];
  const clean: PlacedNode[] = [];
  for (const node of run.nodesAtWork()) {
    const state = run.node(node);
    const handler = run.handlerOf(node);
    if (isNodeCleaning(state.phase)) {
      const isClean = state.phase === "RETRYABLE_FAILURE" && handler.retry?.(run, deps, node) !== undefined;
      if (handler.clean && !isClean && !run.scopeWithin(node)?.atWork.size) clean.push(node);
    } else if (handler.handle && !handled.has(stageOf(run, node))) {
      if (handler.isAskedOnceReported?.(state) && state.reported === "UNDEFINED") continue;
      const isAsked = (!asked || asked.has(node.uniqueId)) && !handler.holdsGraph?.(state);
      if (isAsked || !handler.isLeftAlone?.(node, state, now)) handle.push(node);
    }
  }
  return { handle, clean };
}
