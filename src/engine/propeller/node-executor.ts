import { endNodeId, startNodeId } from "./node-ids.ts";
import { flyteidl } from "../../idl/flyteidl.ts";
import { handleEndNode } from "./nodes/end/handler.ts";
import { isNodeActive, isNodeCleaning, isNodeOver, readinessOf } from "./node-transition.ts";
import { isAdmitted, nextReservationLook } from "./reservation-transition.ts";
import { mapBounded } from "./map-bounded.ts";
import { prepareTask } from "./nodes/task/prepare-task.ts";
import { retryTask } from "./nodes/task/handler.ts";
import { uniqueNodeId } from "../../idl/names.ts";
import type { AttemptState, Failure } from "./state.ts";
import type { NodeStatePhase } from "./node-transition.ts";
import type { PropellerDeps } from "./propeller-deps.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** Reads and writes of one round at a time. */
export const effectsAtATime = 32;

const failImmediately = flyteidl.core.WorkflowMetadata.OnFailurePolicy.FAIL_IMMEDIATELY;

function roomOf(run: WorkflowRun, deps: PropellerDeps): number {
  const limit = run.definition.executionSpec.maxParallelism || deps.settings.maxParallelism;
  return limit > 0 ? Math.max(0, limit - run.nodesAtWork().length) : Infinity;
}

/**
 * What the nodes that have ended mean for the workflow: undefined while it goes on. With the policy to go on, the last
 * failure counts, once nothing more can run. Flyte: nodes/executor.go handleDownstream.
 */
export function failureOfNodes(run: WorkflowRun): Failure | undefined {
  const { graph, template } = run.definition;
  if (!run.hasFailure) return undefined;
  let last: { at: number; failure: Failure } | undefined;
  for (const { id } of graph.nodes) {
    const { phase, failure, since } = run.node(id);
    if (phase === "TIMED_OUT") {
      if (!last || since >= last.at) last = { at: since, failure: { code: "Timeout", message: "Timeout in node", kind: "USER" } };
    } else if (phase === "FAILED" && failure && (!last || since >= last.at)) {
      last = { at: since, failure };
    }
  }
  if (!last) return undefined;
  const policy = template.metadata?.onFailure ?? failImmediately;
  return policy === failImmediately || graph.nodes.every(({ id }) => isNodeOver(run.node(id).phase)) ? last.failure : undefined;
}

function* phasesOf(run: WorkflowRun, ids: readonly string[]): Iterable<NodeStatePhase> {
  for (const id of ids) yield run.node(id).phase;
}

/** One pass over the nodes: skips what cannot run any more, and returns what may start, as many as there is room for. */
function findReady(run: WorkflowRun, deps: PropellerDeps): { readonly ready: readonly string[]; readonly skipped: boolean } {
  if (run.candidates.size === 0) return { ready: [], skipped: false };
  let room = roomOf(run, deps);
  let skipped = false;
  const ready: string[] = [];
  for (const { id, upstream } of run.definition.graph.nodes) {
    if (!run.candidates.has(id)) continue;
    if (id === startNodeId || run.node(id).phase !== "NOT_YET_STARTED") {
      run.candidates.delete(id);
      continue;
    }
    switch (readinessOf(phasesOf(run, upstream))) {
      case "NOT_READY":
        run.candidates.delete(id);
        break;
      case "SKIP":
        run.enterNodePhase(id, "SKIPPED", deps.clock.now());
        skipped = true;
        break;
      case "READY":
        if (id === endNodeId) {
          ready.push(id);
        } else if (room > 0) {
          room--;
          ready.push(id);
        }
        break;
    }
  }
  return { ready, skipped };
}

/** Begins the next attempts of nodes whose last ones are cleaned up. */
export function retryNodes(run: WorkflowRun, deps: PropellerDeps): void {
  for (const id of run.nodesAtWork()) retryTask(run, deps, id);
}

/**
 * Walks the graph until nothing more may start: ready nodes are prepared and queued (or done at once, which may make
 * others ready), but nothing of theirs is started. What went wrong is returned; the rest has gone on.
 */
export async function walk(run: WorkflowRun, deps: PropellerDeps): Promise<readonly unknown[]> {
  for (;;) {
    if (failureOfNodes(run)) return [];
    const { ready, skipped } = findReady(run, deps);
    if (ready.length === 0 && !skipped) return [];
    const results = await mapBounded(ready, effectsAtATime, (id) =>
      id === endNodeId ? handleEndNode(run, deps) : prepareTask(run, deps, id),
    );
    const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    if (errors.length > 0) return errors;
  }
}

/** Decides that all that is at work is to be aborted; what has ended already keeps its outcome. */
export function abortNodes(run: WorkflowRun, reason: string, now: number): void {
  for (const id of run.nodesAtWork()) {
    const { phase, task } = run.node(id);
    if (!isNodeActive(phase) && phase !== "RETRYABLE_FAILURE") continue;
    const end = { phase: "ABORTED", failure: { code: "Task Aborted", message: reason, kind: "UNKNOWN" }, at: now } as const;
    run.enterNodePhase(id, "ABORTING", now, {
      failure: { code: "NodeAborted", message: reason, kind: "UNKNOWN" },
      ...(task && isNodeActive(phase) && { task: { ...task, end } }),
    });
  }
}

/** What of a node is done once in a round: of each attempt, first what it waits for, then itself. */
export function stageOf(run: WorkflowRun, id: string): string {
  const { attempt, task } = run.node(id);
  return `${id}/${attempt}${isAdmitted(task) ? "" : "/waits"}`;
}

/** Whether nothing is to be done for an attempt until somebody names it: it runs, or waits, and its time has not come. */
function isLeftAlone(task: AttemptState | undefined, now: number): boolean {
  const lookAt = nextReservationLook(task);
  return lookAt === undefined ? task?.phase !== undefined : now < lookAt && (task?.phase !== undefined || !isAdmitted(task));
}

/**
 * Nodes whose attempts are asked about, or cleaned up after, in this step. With `asked`, attempts that are under way are
 * asked about only when it names their node.
 */
export function nodesWithEffects(
  run: WorkflowRun,
  now: number,
  handled: ReadonlySet<string>,
  asked?: ReadonlySet<string>,
): { readonly handle: readonly string[]; readonly clean: readonly string[] } {
  const handle: string[] = [];
  const clean: string[] = [];
  for (const id of run.nodesAtWork()) {
    const { phase, task } = run.node(id);
    if (phase === "RETRYABLE_FAILURE" && task?.cleaned) continue;
    if (isNodeCleaning(phase)) clean.push(id);
    else if (asked && isLeftAlone(task, now) && !asked.has(uniqueNodeId(id))) continue;
    else if (!handled.has(stageOf(run, id))) handle.push(id);
  }
  return { handle, clean };
}
