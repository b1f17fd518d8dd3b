import { beginAttempt } from "./prepare-task.ts";
import { catalogKeyOf, fillCache } from "./caching.ts";
import { examineOutputs } from "../../outputs.ts";
import { expiryOf } from "../../deadlines.ts";
import { invokePlugin } from "../../invoke-plugin.ts";
import { isPluginPhaseFinal } from "../../task-transition.ts";
import { nodeLayout } from "../../layout.ts";
import { extendReservation, releaseReservation, reserve } from "./reservation.ts";
import { isAdmitted } from "../../reservation-transition.ts";
import { readLiterals } from "../node-inputs.ts";
import { taskContextOf } from "./task-context.ts";
import { taskEventOf, taskQueuedEvent, taskRunningEvent } from "../../task-events.ts";
import { taskOfNode } from "./task-of-node.ts";
import type { AttemptState, CacheState, Failure, NodeState, ReservationState } from "../../state.ts";
import type { PluginError, PluginTransition, TaskContext, TaskPlugin } from "../../../../ports/task-plugin.ts";
import type { PropellerDeps, RoundDeps } from "../../propeller-deps.ts";
import type { TaskExecutionEvent } from "../../../../idl/types.ts";
import type { TaskOfNode } from "./task-of-node.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

interface Attempt {
  readonly run: WorkflowRun;
  readonly deps: RoundDeps;
  readonly nodeId: string;
  readonly node: NodeState;
  readonly state: AttemptState;
  readonly task: TaskOfNode;
  readonly plugin: TaskPlugin | undefined;
  readonly context: TaskContext;
}

function attemptOf(run: WorkflowRun, deps: RoundDeps, nodeId: string): Attempt | undefined {
  const node = run.node(nodeId);
  if (!node.task) return undefined;
  const task = taskOfNode(run.definition, deps.settings, nodeId);
  const context = taskContextOf(run, deps, nodeId, task, node.attempt, node.task);
  return { run, deps, nodeId, node, state: node.task, task, plugin: deps.plugins.choose(task.template.type ?? ""), context };
}

/** What the plugin's answer comes to, once outputs have been looked at. */
interface Outcome {
  readonly transition: PluginTransition;
  readonly hasDeck?: boolean;
  readonly hasOutputs?: boolean;
  readonly cache?: CacheState;
  readonly reservation?: ReservationState;
}

async function succeed(attempt: Attempt, transition: PluginTransition): Promise<Outcome> {
  const { run, deps, node, task, context } = attempt;
  const outcome = await examineOutputs(deps.blobs, context.outputPrefix, task.template, deps.settings.maxOutputSize);
  if (outcome.kind === "FAILURE") {
    return {
      transition: {
        ...transition,
        phase: outcome.retryable ? "RETRYABLE_FAILURE" : "PERMANENT_FAILURE",
        phaseVersion: 0,
        error: outcome.error,
      },
    };
  }
  const { hasDeck, hasOutputs } = outcome;
  if (node.cache === undefined || node.cache.status === "CACHE_DISABLED") return { transition, hasDeck, hasOutputs };
  const layout = nodeLayout(deps.settings, run.definition.spec.id, attempt.nodeId);
  const key = catalogKeyOf(task, await readLiterals(run, deps, layout.inputs));
  if (!key) return { transition, hasDeck, hasOutputs };
  const outputs = hasOutputs ? await readLiterals(run, deps, layout.outputs(node.attempt)) : { literals: {} };
  const cache = await fillCache(deps, key, outputs, context.id, run.definition.executionSpec.overwriteCache ?? false);
  const reservation = attempt.state.reservation && (await releaseReservation(run, deps, attempt.nodeId, task));
  return { transition, hasDeck, hasOutputs, cache, ...(reservation && { reservation }) };
}

/** How the node goes on after a failed attempt. */
function failNode(attempt: Attempt, error: PluginError, retryable: boolean, at: number, patch: Partial<NodeState>): void {
  const { run, nodeId, node, task } = attempt;
  const decision = retryable
    ? task.decideRetry(node, error)
    : { retry: false as const, systemFailures: node.systemFailures + (error.kind === "SYSTEM" ? 1 : 0), failure: error };
  const { systemFailures } = decision;
  if (decision.retry) run.enterNodePhase(nodeId, "RETRYABLE_FAILURE", at, { ...patch, systemFailures });
  else run.enterNodePhase(nodeId, "FAILING", at, { ...patch, systemFailures, failure: decision.failure });
}

/** Ends an attempt whose time is up, if it is. Nobody is told before that decision is saved: a later round might find it ended well. */
function expire(attempt: Attempt, task: AttemptState): void {
  const { run, deps, nodeId } = attempt;
  const node = run.node(nodeId);
  const now = deps.clock.now();
  const expiry = expiryOf(attempt.task.deadlines, { queuedAt: node.queuedAt, runningAt: task.runningAt }, now);
  if (!expiry) return;
  const { failure } = expiry;
  const ended: AttemptState = { ...task, end: { phase: "FAILED", failure, at: now } };
  run.unsettled.add(nodeId);
  if (expiry.deadline === "ACTIVE") run.enterNodePhase(nodeId, "TIMING_OUT", now, { task: ended, failure });
  else failNode(attempt, { code: failure.code, message: failure.message, kind: "USER" }, true, now, { task: ended });
}

/** Asks for what an attempt needs before it begins; afterwards, the time it may wait has passed or has not. */
async function wait(attempt: Attempt): Promise<void> {
  const { run, deps, nodeId, task } = attempt;
  await reserve(run, deps, nodeId, task);
  const waiting = run.node(nodeId).task;
  if (waiting && !isAdmitted(waiting)) expire(attempt, waiting);
}

/** Asks the plugin how the node's attempt is, and lets the node follow. Returns the task events that are due. */
export async function handleTask(run: WorkflowRun, deps: RoundDeps, nodeId: string): Promise<readonly TaskExecutionEvent[]> {
  let attempt = attemptOf(run, deps, nodeId);
  if (attempt && !isAdmitted(attempt.state)) {
    await wait(attempt);
    return [];
  }
  if (attempt?.state.reservation) {
    await extendReservation(run, deps, nodeId, attempt.task);
    attempt = attemptOf(run, deps, nodeId);
  }
  if (!attempt) throw new RangeError(`node [${nodeId}] has no attempt`);
  const { state, task, plugin, context, node } = attempt;
  if (!plugin) {
    const failure: Failure = {
      code: "UnsupportedTaskType",
      message: `no plugin runs tasks of type [${task.template.type ?? ""}]`,
      kind: "SYSTEM",
    };
    run.enterNodePhase(nodeId, "FAILING", deps.clock.now(), { failure });
    return [];
  }
  const last = state.phase === undefined ? undefined : { phase: state.phase, phaseVersion: state.phaseVersion };
  const invocation = await invokePlugin(plugin, context, last);
  const answered = invocation.transition;
  const outcome: Outcome = answered.phase === "SUCCESS" ? await succeed(attempt, answered) : { transition: answered };
  const { transition } = outcome;
  const now = deps.clock.now();
  const at = transition.occurredAt ?? now;
  const runningAt = state.runningAt ?? transition.startedAt ?? (transition.phase === "RUNNING" ? at : undefined);

  const events: TaskExecutionEvent[] = [];
  if (invocation.news && transition.phase !== "NOT_READY") {
    const about = { context, plugin, generatedName: context.generatedName };
    if (!state.reported && transition.phase !== "QUEUED") events.push(taskQueuedEvent(about, state.begunAt));
    if (isPluginPhaseFinal(transition.phase) && state.runningAt === undefined && runningAt !== undefined)
      events.push(taskRunningEvent(about, runningAt));
    events.push(taskEventOf(about, transition, at, !state.reported, outcome.hasOutputs ?? false));
  }
  const next: AttemptState = {
    ...state,
    phase: transition.phase,
    phaseVersion: transition.phaseVersion,
    ...(transition.state !== undefined && { pluginState: transition.state }),
    ...(runningAt !== undefined && { runningAt }),
    ...(outcome.reservation && { reservation: outcome.reservation }),
  };
  const patch: Partial<NodeState> = { task: next, ...(node.runningAt === undefined && runningAt !== undefined && { runningAt }) };
  switch (transition.phase) {
    case "SUCCESS":
      run.enterNodePhase(nodeId, "SUCCEEDING", at, {
        ...patch,
        hasOutputs: outcome.hasOutputs ?? false,
        hasDeck: outcome.hasDeck ?? false,
        ...(outcome.cache && { cache: outcome.cache }),
      });
      break;
    case "RETRYABLE_FAILURE":
    case "PERMANENT_FAILURE":
    case "ABORTED": {
      const error = transition.error ?? { code: "Task Aborted", message: transition.reason ?? "the task was aborted", kind: "SYSTEM" };
      failNode(attempt, error, transition.phase !== "PERMANENT_FAILURE", at, patch);
      break;
    }
    case "NOT_READY":
    case "WAITING_FOR_RESOURCES":
    case "QUEUED":
    case "INITIALIZING":
    case "RUNNING":
      if (transition.phase === "RUNNING" && node.phase === "QUEUED") run.enterNodePhase(nodeId, "RUNNING", at, patch);
      else if (invocation.news || transition.state !== undefined) run.patchNode(nodeId, patch);
      expire(attempt, next);
      break;
  }
  return events;
}

/** Cleans up after an attempt whose outcome is saved. The node is at its end then, or ready for its next attempt. */
export async function cleanTask(run: WorkflowRun, deps: RoundDeps, nodeId: string): Promise<void> {
  const attempt = attemptOf(run, deps, nodeId);
  const { phase, failure } = run.node(nodeId);
  if (attempt?.plugin) {
    if (phase !== "SUCCEEDING") {
      await attempt.plugin.abort(
        attempt.context,
        phase === "ABORTING" ? (run.state.abortReason ?? "") : (failure?.message ?? "the attempt failed"),
      );
    }
    await attempt.plugin.finalize(attempt.context);
  }
  // Now that nothing of it runs. After a failure the next attempt takes it over.
  if (attempt?.state.reservation && phase !== "SUCCEEDING" && phase !== "RETRYABLE_FAILURE")
    await releaseReservation(run, deps, nodeId, attempt.task);
  if (phase === "RETRYABLE_FAILURE" && attempt) run.patchNode(nodeId, { task: { ...attempt.state, cleaned: true } });
  else run.finishCleaning(nodeId);
}

/** Begins the next attempt of a node once the last one is cleaned up. */
export function retryTask(run: WorkflowRun, deps: PropellerDeps, nodeId: string): void {
  const { phase, task, attempt, systemFailures } = run.node(nodeId);
  if (phase !== "RETRYABLE_FAILURE" || !task?.cleaned) return;
  const now = deps.clock.now();
  const declared = taskOfNode(run.definition, deps.settings, nodeId);
  run.enterNodePhase(nodeId, "RUNNING", now, {
    attempt: attempt + 1,
    task: beginAttempt(run.definition, declared, attempt + 1, systemFailures, now),
  });
}
