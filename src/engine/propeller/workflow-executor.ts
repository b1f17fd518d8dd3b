import { abortNodes } from "./abort-nodes.ts";
import { effectsAtATime, nodesWithEffects, retryNodes, settleNodes, stageOf, walk } from "./node-executor.ts";
import { failureAfterHandling, failureOfNodes, isScopeComplete } from "./outcome-of-scope.ts";
import { formatGoDuration } from "./go-duration.ts";
import { handleStartNode } from "./nodes/start/handler.ts";
import { isTerminalExecution } from "../../idl/phases.ts";
import { isWorkflowOver } from "./workflow-transition.ts";
import { mapBounded } from "./map-bounded.ts";
import { prepareNode } from "./recovery/prepare-node.ts";
import { report } from "./report.ts";
import { StaleRun } from "./stale-run.ts";
import type { Failure } from "./state.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { PropellerDeps, RoundDeps } from "./propeller-deps.ts";
import type { TaskExecutionEvent } from "../../idl/types.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** Part of a round went wrong; what went well is saved. */
export class RoundFailed extends Error {
  constructor(errors: readonly unknown[]) {
    super(errors[0] instanceof Error ? errors[0].message : String(errors[0]), { cause: errors[0] });
    this.name = "RoundFailed";
  }
}

function fail(run: WorkflowRun, failure: Failure, now: number): void {
  const abortReason = "Some node execution failed, auto-abort.";
  run.enterPhase("FAILING", now, { failure, failingAt: now, abortReason });
  abortNodes(run, run.root, abortReason, now);
}

function abort(run: WorkflowRun, abortReason: string, now: number, failure?: Failure): void {
  run.enterPhase("ABORTING", now, { abortReason, failedRoundsAtAbort: run.state.failedRounds, ...(failure && { failure }) });
  abortNodes(run, run.root, abortReason, now);
}

/** Stops a workflow that is to go on no longer: terminated, failing round after round, or running too long. */
function stopIfTold(run: WorkflowRun, deps: PropellerDeps): void {
  const { state, termination } = run;
  const now = deps.clock.now();
  const { maxRoundFailures, executionDeadline } = deps.settings;
  if (isWorkflowOver(state.phase)) return;
  if (state.phase === "ABORTING") {
    // Clean-up that does not succeed holds no workflow up for ever.
    if (state.failedRounds > maxRoundFailures && state.failedRounds > (state.failedRoundsAtAbort ?? 0) && run.nodesAtWork().length > 0) {
      for (const node of run.nodesAtWork()) run.finishCleaning(node);
      const message = `clean-up failed [${state.failedRounds}] times, last: ${state.lastRoundError ?? "unknown"}`;
      run.enterPhase("FAILED", now, { failure: { code: "Workflow abort failed", message, kind: "SYSTEM" } });
    }
  } else if (state.silent) {
    abort(run, "workflow state mismatch between propeller and control plane", now);
  } else if (termination !== undefined) {
    abort(run, "Workflow aborted.", now);
  } else if (state.failedRounds > maxRoundFailures) {
    const reason = `max number of system retry attempts [${state.failedRounds}/${maxRoundFailures}] exhausted - system failure.`;
    const message = `${reason} Last error: ${state.lastRoundError ?? "unknown"}`;
    abort(run, reason, now, { code: "SystemRetriesExhausted", message, kind: "SYSTEM" });
  } else if (state.phase === "RUNNING" && executionDeadline > 0 && now >= (state.startedAt ?? now) + executionDeadline) {
    const message = `the execution ran longer than [${formatGoDuration(executionDeadline)}]`;
    fail(run, { code: "ExecutionDeadlineExceeded", message, kind: "USER" }, now);
  }
}

/** Brings the state as far as it goes without starting, asking or ending anything. Returns what went wrong on the way. */
async function decide(run: WorkflowRun, deps: PropellerDeps): Promise<readonly unknown[]> {
  stopIfTold(run, deps);
  let errors: readonly unknown[] = [];
  if (run.state.phase === "READY") {
    const now = deps.clock.now();
    const failure = run.definition.refusal ?? (await handleStartNode(run, deps));
    if (failure) fail(run, failure, now);
    else run.enterPhase("RUNNING", now, { startedAt: now });
  }
  settleNodes(run, deps);
  if (run.state.phase === "RUNNING") {
    retryNodes(run, deps);
    errors = await walk(run, deps, true);
    const failure = failureOfNodes(run, run.root);
    const now = deps.clock.now();
    if (failure) {
      fail(run, failure, now);
      settleNodes(run, deps);
    } else if (isScopeComplete(run, run.root)) {
      run.enterPhase("SUCCEEDING", now);
      run.enterPhase("SUCCESS", now);
    }
  }
  if (run.state.phase === "HANDLING_FAILURE_NODE") {
    retryNodes(run, deps);
    errors = [...errors, ...(await walk(run, deps, true))];
  }
  return [...errors, ...(await followFailure(run, deps))];
}

/** Once all that ran is gone, the failure node of a workflow that fails runs, and then it has failed. Not after an abort. */
async function followFailure(run: WorkflowRun, deps: PropellerDeps): Promise<readonly unknown[]> {
  const { root } = run;
  const { phase, failure, startedAt } = run.state;
  const now = deps.clock.now();
  if (run.nodesAtWork().length > 0) return [];
  if (phase === "ABORTING") {
    run.enterPhase(failure ? "FAILED" : "ABORTED", now);
  } else if (phase === "FAILING" && (!root.failureNode || startedAt === undefined || !failure)) {
    run.enterPhase("FAILED", now);
  } else if (phase === "FAILING" && root.failureNode) {
    if (run.node(root.failureNode).phase === "NOT_YET_STARTED") {
      const [result] = await mapBounded([root.failureNode], 1, (node) => prepareNode(run, deps, node));
      if (result?.status === "rejected") return [result.reason];
    }
    run.enterPhase("HANDLING_FAILURE_NODE", now);
    const errors = await walk(run, deps, true);
    return errors.length > 0 ? errors : await followFailure(run, deps);
  } else if (phase === "HANDLING_FAILURE_NODE" && failure) {
    const last = failureAfterHandling(run, root, failure);
    if (last) run.enterPhase("FAILED", now, { failure: last });
  }
  return [];
}

const isDone = (run: WorkflowRun): boolean =>
  isWorkflowOver(run.state.phase) &&
  (run.state.silent === true || isTerminalExecution(run.state.reported)) &&
  run.nodesAtWork().length === 0;

/** Nodes of one commit with the events that tell of them. */
const begunAtOnce = 100;

/** Whether admin is to be told of nodes that have begun, and not in one commit with what is kept of them. */
const isToldApart = ({ toBeSavedFirst }: WorkflowRun, { events }: PropellerDeps): boolean =>
  toBeSavedFirst > (events.recordAndSave ? begunAtOnce : 0);

async function save(run: WorkflowRun, deps: PropellerDeps, completed: boolean): Promise<void> {
  const { id, expected, delta } = run.save(completed);
  if (!(await deps.workflows.save(id, expected, delta))) throw new StaleRun();
  run.saved();
}

/**
 * One round of one workflow, in steps until nothing changes: decide; save what was decided (names and attempts, before
 * anything is started; outcomes, before anything is removed); ask, start and clean up; begin what that made ready; tell
 * admin; save. Of attempts that are under way only those of `asked` nodes (ids of attempts) are asked about, when given.
 * Resolves to whether the workflow is completed. StaleRun and RoundFailed as they say; other rejections discard the step.
 */
export async function runRound(run: WorkflowRun, deps: RoundDeps, asked?: ReadonlySet<string>): Promise<boolean> {
  try {
    return await runSteps(run, deps, asked);
  } finally {
    // A workflow may wait for days: what it read is not kept for that long.
    run.files.clear();
  }
}

async function runSteps(run: WorkflowRun, deps: RoundDeps, asked: ReadonlySet<string> | undefined): Promise<boolean> {
  const handled = new Set<string>();
  for (;;) {
    const errors = [...(await decide(run, deps))];
    // All that led to them is told and saved.
    run.begun.clear();
    const { handle, clean } = nodesWithEffects(run, deps, handled, asked);
    const hasEffects = handle.length + clean.length > 0;
    if (isDone(run)) {
      await save(run, deps, true);
      return true;
    }
    if ((hasEffects && run.isChanged) || run.unsettled.size > 0 || isToldApart(run, deps)) await save(run, deps, false);

    const taskEvents = new Map<PlacedNode, readonly TaskExecutionEvent[]>();
    const effects = [
      ...clean.map((node) => async () => run.handlerOf(node).clean?.(run, deps, node)),
      ...handle.map((node) => async () => {
        handled.add(stageOf(run, node));
        taskEvents.set(node, (await run.handlerOf(node).handle?.(run, deps, node)) ?? []);
      }),
    ];
    for (const result of await mapBounded(effects, effectsAtATime, (effect) => effect())) {
      if (result.status === "rejected") errors.push(result.reason);
    }
    // What the outcomes have made ready is begun in the commit that tells of them, and started in the next step.
    if (hasEffects && errors.length === 0 && run.state.phase === "RUNNING") errors.push(...(await walk(run, deps, false)));
    const reported = await report(run, deps, taskEvents);
    if (errors.length > 0) {
      if (run.isChanged) await save(run, deps, false);
      throw new RoundFailed(errors);
    }
    if (run.begun.size > 0) await save(run, deps, false);
    if (!hasEffects && reported === 0) {
      if (run.state.failedRounds > 0 && run.state.phase !== "ABORTING") run.patchState({ failedRounds: 0 });
      if (run.isChanged) await save(run, deps, false);
      return false;
    }
  }
}
