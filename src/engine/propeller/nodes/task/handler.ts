import { allocate, giveBack } from "./allocation.ts";
import { beginAttempt, prepareTask } from "./prepare-task.ts";
import { advanceDynamic, openDynamic } from "../dynamic/dynamic-scope.ts";
import { beginDynamic, startDynamic } from "../dynamic/start-dynamic.ts";
import { finishTask } from "./finish-task.ts";
import { hasDeclaredOutputs } from "../../outputs.ts";
import { expireAttempt, failAttempt } from "../../end-attempt.ts";
import { invokePlugin } from "../../invoke-plugin.ts";
import { isNews, isPluginPhaseFinal } from "../../task-transition.ts";
import { extendReservation, releaseReservation, reserve } from "./reservation.ts";
import { isAdmitted, nextReservationLook } from "../../reservation-transition.ts";
import { settleInputs } from "../node-inputs.ts";
import { taskContextOf } from "./task-context.ts";
import { taskEventOf, taskQueuedEvent, taskRunningEvent } from "../../task-events.ts";
import { taskOfNode } from "./task-of-node.ts";
import type { AttemptState, Failure, NodeState, ReservationState } from "../../state.ts";
import type { PluginTransition, TaskContext, TaskPlugin } from "../../../../ports/task-plugin.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { RoundDeps } from "../../propeller-deps.ts";
import type { TaskExecutionEvent } from "../../../../idl/types.ts";
import type { TaskOfNode } from "./task-of-node.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

interface Attempt {
  readonly run: WorkflowRun;
  readonly deps: RoundDeps;
  readonly placed: PlacedNode;
  readonly node: NodeState;
  readonly state: AttemptState;
  readonly task: TaskOfNode;
  readonly plugin: TaskPlugin | undefined;
  readonly context: TaskContext;
}

function attemptOf(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode): Attempt | undefined {
  const node = run.node(placed);
  if (!node.task) return undefined;
  const task = taskOfNode(run.definition, deps.settings, placed);
  const context = taskContextOf(run, deps, placed, task, node.attempt, node.task);
  const plugin = deps.plugins.choose(task.template.type ?? "", run.definition.spec.config?.pluginOverrides, node.task.pluginState);
  return { run, deps, placed, node, state: node.task, task, plugin, context };
}

/** What the plugin's answer comes to, once outputs have been looked at. */
interface Outcome {
  readonly transition: PluginTransition;
  /** What of the node that changes. */
  readonly patch?: Partial<NodeState>;
  readonly reservation?: ReservationState;
  readonly isDynamic?: boolean;
}

async function succeed({ run, deps, placed }: Attempt, transition: PluginTransition): Promise<Outcome> {
  const { outcome, ...finished } = await finishTask(run, deps, placed, true);
  if (outcome.kind === "SUCCESS") return { transition, ...finished };
  if (outcome.kind === "DYNAMIC") {
    if (!placed.element) return { transition, isDynamic: true };
    // Nodes within an element would be nobody's: flytekit refuses to map over such tasks, too.
    const error = {
      code: "DynamicWorkflowBuildFailed",
      message: "[User] an element of an array cannot make a workflow",
      kind: "USER",
    } as const;
    return { transition: { ...transition, phase: "PERMANENT_FAILURE", phaseVersion: 0, error } };
  }
  const phase = outcome.retryable ? "RETRYABLE_FAILURE" : "PERMANENT_FAILURE";
  return { transition: { ...transition, phase, phaseVersion: 0, error: outcome.error } };
}

/** Asks for what an attempt needs before it begins; afterwards, the time it may wait has passed or has not. */
async function wait(attempt: Attempt): Promise<void> {
  const { run, deps, placed, task } = attempt;
  await reserve(run, deps, placed, task);
  const waiting = run.node(placed).task;
  if (waiting && !isAdmitted(waiting)) expireAttempt(run, deps, placed, waiting.runningAt, waiting);
}

/** Asks the plugin how the node's attempt is, and lets the node follow. Returns the task events that are due. */
async function handleTask(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode): Promise<readonly TaskExecutionEvent[]> {
  let attempt = attemptOf(run, deps, placed);
  if (attempt && attempt.node.attempt === 0 && attempt.state.phase === undefined) await settleInputs(run, deps, placed);
  if (attempt && !isAdmitted(attempt.state)) {
    await wait(attempt);
    return [];
  }
  if (attempt?.state.reservation) {
    await extendReservation(run, deps, placed, attempt.task);
    attempt = attemptOf(run, deps, placed);
  }
  if (!attempt) throw new RangeError(`node [${placed.key}] has no attempt`);
  if (attempt.node.dynamic) {
    if (attempt.node.dynamic.startedAt === undefined)
      await startDynamic(run, deps, placed, async () => (attempt.node.dynamic?.isFinalized ? undefined : finalize(attempt)));
    return [];
  }
  const { state, task, plugin, context, node } = attempt;
  if (!plugin) {
    const type = task.template.type ?? "";
    const failure: Failure = {
      code: "UnsupportedTaskType",
      message: run.definition.spec.config?.pluginOverrides.some((override) => override.taskType === type)
        ? `no matching plugin overrides defined for Handler type [${type}]. Ignoring any defaultPlugins configured`
        : `no plugin runs tasks of type [${type}]`,
      kind: "SYSTEM",
    };
    run.enterNodePhase(placed, "FAILING", deps.clock.now(), { failure });
    return [];
  }
  const last = state.phase === undefined ? undefined : { phase: state.phase, phaseVersion: state.phaseVersion };
  const allocation = await allocate(deps, plugin, context, state);
  const invocation = allocation.waiting
    ? { transition: allocation.waiting, news: isNews(last, allocation.waiting) }
    : await invokePlugin(plugin, context, last);
  const answered = invocation.transition;
  const outcome: Outcome = answered.phase === "SUCCESS" ? await succeed(attempt, answered) : { transition: answered };
  const { transition } = outcome;
  const now = deps.clock.now();
  const at = transition.occurredAt ?? now;
  const runningAt = state.runningAt ?? transition.startedAt ?? (transition.phase === "RUNNING" ? at : undefined);

  // Those of a workflow that the task has made will lie where its own would.
  const hasOutputs = outcome.isDynamic ? hasDeclaredOutputs(task.template) : (outcome.patch?.hasOutputs ?? false);
  const events: TaskExecutionEvent[] = [];
  if (invocation.news && transition.phase !== "NOT_READY") {
    const about = { context, plugin, generatedName: context.generatedName, pool: allocation.pool };
    if (!state.reported && transition.phase !== "QUEUED") events.push(taskQueuedEvent(about, state.begunAt));
    if (isPluginPhaseFinal(transition.phase) && state.runningAt === undefined && runningAt !== undefined)
      events.push(taskRunningEvent(about, runningAt));
    events.push(taskEventOf(about, transition, at, !state.reported, hasOutputs));
  }
  const next: AttemptState = {
    ...state,
    phase: transition.phase,
    phaseVersion: transition.phaseVersion,
    ...(allocation.pool && !allocation.waiting && { allocated: true }),
    ...(transition.state !== undefined && { pluginState: transition.state }),
    ...(runningAt !== undefined && { runningAt }),
    ...(outcome.reservation && { reservation: outcome.reservation }),
  };
  const patch: Partial<NodeState> = { task: next, ...(node.runningAt === undefined && runningAt !== undefined && { runningAt }) };
  switch (transition.phase) {
    case "SUCCESS":
      if (!outcome.isDynamic) run.enterNodePhase(placed, "SUCCEEDING", at, { ...patch, ...outcome.patch });
      else beginDynamic(run, placed, at, { ...patch, task: { ...next, runningAt: next.runningAt ?? at } });
      break;
    case "RETRYABLE_FAILURE":
    case "PERMANENT_FAILURE":
    case "ABORTED": {
      const error = transition.error ?? { code: "Task Aborted", message: transition.reason ?? "the task was aborted", kind: "SYSTEM" };
      failAttempt(run, deps, placed, error, transition.phase !== "PERMANENT_FAILURE", at, patch);
      break;
    }
    case "NOT_READY":
    case "WAITING_FOR_RESOURCES":
    case "QUEUED":
    case "INITIALIZING":
    case "RUNNING":
      if (transition.phase === "RUNNING" && node.phase === "QUEUED") run.enterNodePhase(placed, "RUNNING", at, patch);
      else if (invocation.news || transition.state !== undefined) run.patchNode(placed, patch);
      expireAttempt(run, deps, placed, next.runningAt, next);
      break;
  }
  return events;
}

/** Nothing is left of the attempt where it ran; what it needed there is others'. */
async function finalize({ deps, plugin, context }: Attempt): Promise<void> {
  await plugin?.finalize(context);
  if (plugin) await giveBack(deps, plugin, context);
}

async function cleanTask(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode): Promise<void> {
  const attempt = attemptOf(run, deps, placed);
  const { phase, failure } = run.node(placed);
  if (attempt?.plugin && !attempt.node.dynamic?.isFinalized) {
    if (phase !== "SUCCEEDING") {
      await attempt.plugin.abort(attempt.context, failure?.message ?? "the attempt failed");
    }
    await finalize(attempt);
  }
  // Now that nothing of it runs. After a failure the next attempt takes it over.
  if (attempt?.state.reservation && phase !== "SUCCEEDING" && phase !== "RETRYABLE_FAILURE")
    await releaseReservation(run, deps, placed, attempt.task);
  if (phase === "RETRYABLE_FAILURE" && attempt) run.patchNode(placed, { task: { ...attempt.state, cleaned: true } });
  else run.finishCleaning(placed);
}

/** Task nodes: what their plugins make of them. Flyte: nodes/task/handler.go. */
export const taskHandler: NodeHandler = {
  isCounted: true,
  prepare: prepareTask,
  handle: handleTask,
  // That it runs is told before what it holds.
  isAskedOnceReported: ({ dynamic }) => dynamic !== undefined,
  holdsGraph: ({ dynamic }) => dynamic?.startedAt !== undefined,
  open: openDynamic,
  advance: advanceDynamic,
  clean: cleanTask,
  retry(run, deps, placed) {
    const { task: last, attempt, systemFailures } = run.node(placed);
    if (!last?.cleaned) return undefined;
    const declared = taskOfNode(run.definition, deps.settings, placed);
    const task = beginAttempt(run.definition, declared, attempt + 1, systemFailures, deps.clock.now());
    return { task, dynamic: undefined, failureWithin: undefined };
  },
  abortAttempt: (task, reason, now) => {
    const failure: Failure = { code: "Task Aborted", message: reason, kind: "UNKNOWN" };
    return { ...task, end: { phase: "ABORTED", failure, at: now } };
  },
  stageOf: ({ task, dynamic }) => (dynamic ? "/made" : isAdmitted(task) ? "" : "/waits"),
  isLeftAlone(_node, { task, dynamic }, now) {
    if (dynamic && dynamic.startedAt === undefined) return false;
    const lookAt = nextReservationLook(task);
    return lookAt === undefined ? task?.phase !== undefined : now < lookAt && (task?.phase !== undefined || !isAdmitted(task));
  },
  nextLook: (_node, { task }) => nextReservationLook(task),
};
