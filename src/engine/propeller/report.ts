import { dueArrayEvents } from "./nodes/array/array-events.ts";
import { dueNodeEvents, nodeEventOf } from "./node-events.ts";
import { dueWorkflowEvents, workflowEventOf } from "./workflow-events.ts";
import { flyteidl } from "../../idl/flyteidl.ts";
import { isTerminalExecution, isTerminalNode, isTerminalTask, taskPhaseOf } from "../../idl/phases.ts";
import { ownEndEvent } from "./nodes/task/own-end-event.ts";
import { StaleRun } from "./stale-run.ts";
import type { ExecutionEvent } from "../../ports/event-sink.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { PropellerDeps } from "./propeller-deps.ts";
import type { Scope } from "./scope.ts";
import type { StatusError } from "../../idl/status.ts";
import type { TaskExecutionEvent } from "../../idl/types.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** Task events of this round by node. */
export type TaskEvents = ReadonlyMap<PlacedNode, readonly TaskExecutionEvent[]>;

type Outcome = StatusError | undefined;

interface DueEvent {
  readonly event: ExecutionEvent;
  readonly node: PlacedNode | undefined;
  readonly ends: boolean;
  /** It only adds to what admin knows: once the end is known it is not missed. */
  readonly isUpdate?: boolean;
  /** Admin has it, or with `isRepeat` has had one of the same phase and version before. */
  recorded(isRepeat: boolean): void;
}

function dueTaskEvents(
  run: WorkflowRun,
  deps: PropellerDeps,
  node: PlacedNode,
  fresh: readonly TaskExecutionEvent[],
): readonly TaskExecutionEvent[] {
  const { task } = run.node(node);
  // An attempt that was never told of has no end to tell either; and no decision is told before it is saved.
  if (!task || run.unsettled.has(node) || (!run.isPerhapsTold(node) && fresh.length === 0)) return fresh;
  const end = ownEndEvent(run, deps, node, task);
  return end ? [...fresh, end] : fresh;
}

/** No end is told before it is saved, nor while something within goes on. */
const isEndTold = (run: WorkflowRun, node: PlacedNode): boolean => !run.unsettled.has(node) && !run.scopeWithin(node)?.atWork.size;

interface DueOfNode {
  /** To be told before what happened within the node. */
  readonly before: readonly DueEvent[];
  readonly after: readonly DueEvent[];
}

function dueOfNode(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, fresh: readonly TaskExecutionEvent[]): DueOfNode {
  const state = run.node(node);
  const queued: DueEvent[] = [];
  const running: DueEvent[] = [];
  const after: DueEvent[] = [];
  for (const due of dueNodeEvents(state)) {
    const ends = isTerminalNode(due.phase);
    if (ends && !isEndTold(run, node)) continue;
    const event = nodeEventOf(run.definition, deps.settings, node, state, due, run.scopeWithin(node));
    const recorded = (): void => run.patchNode(node, { reported: due.phase });
    (ends ? after : due.phase === "QUEUED" ? queued : running).push({ event: { level: "node", event }, node, ends, recorded });
  }
  for (const event of dueTaskEvents(run, deps, node, fresh)) {
    const ends = isTerminalTask(taskPhaseOf(event.phase));
    const recorded = (): void => {
      const { task, attempt } = run.node(node);
      if (task && attempt === state.attempt)
        run.patchNode(node, { task: { ...task, reported: true, reportedEnd: task.reportedEnd || ends } });
    };
    queued.push({ event: { level: "task", event }, node, ends, recorded });
  }
  for (const { event, ends, recorded } of node.kind === "array" ? dueArrayEvents(run, node, deps.clock.now()) : []) {
    const isFirst = event.phase === flyteidl.core.TaskExecution.Phase.QUEUED;
    (isFirst ? queued : running).push({ event: { level: "task", event }, node, ends, isUpdate: !ends, recorded });
  }
  return { before: [...queued, ...running], after };
}

/** A node's own events around those of what is within it. */
function* dueOfScope(run: WorkflowRun, deps: PropellerDeps, scope: Scope, taskEvents: TaskEvents): Iterable<DueEvent> {
  for (const node of scope.told) {
    const within = run.scopesWithin(node);
    const fresh = taskEvents.get(node);
    if (!run.untold.has(node) && !fresh && within.length === 0) continue;
    const { before, after } = dueOfNode(run, deps, node, fresh ?? []);
    yield* before;
    for (const inner of within) yield* dueOfScope(run, deps, inner, taskEvents);
    yield* after;
    if (before.length + after.length === 0 && isEndTold(run, node)) run.untold.delete(node);
  }
}

/**
 * All that admin is to be told now: the workflow's phase before what happened in it, each node's phase after the task
 * events that led to it, the end of a node after all within it, the workflow's end last.
 */
export function dueEvents(run: WorkflowRun, deps: PropellerDeps, taskEvents: TaskEvents): readonly DueEvent[] {
  if (run.state.silent) return [];
  const workflow = dueWorkflowEvents(run.state).map((due): DueEvent => ({
    event: { level: "workflow", event: workflowEventOf(run.definition, deps.settings, run.state, due) },
    node: undefined,
    ends: isTerminalExecution(due.phase),
    recorded: () => run.patchState({ reported: due.phase }),
  }));
  const nodes = dueOfScope(run, deps, run.root, taskEvents);
  return [...workflow.filter((due) => !due.ends), ...nodes, ...workflow.filter((due) => due.ends)];
}

/** Admin knows better than we do: it is told nothing more, and what runs is ended. */
function fallSilent(run: WorkflowRun, deps: PropellerDeps, refusal: StatusError): void {
  const message = `workflow state mismatch between propeller and control plane: ${refusal.message}`;
  deps.logger.warn(message, { execution: run.definition.spec.id.name });
  run.patchState({ silent: true, failure: { code: "IllegalState", message, kind: "SYSTEM" } });
}

/** A node whose event admin will not take, e.g. as too large, fails with an event that it takes. */
function failRefusedNode(run: WorkflowRun, deps: PropellerDeps, due: DueEvent, refusal: StatusError): boolean {
  if (due.node === undefined) return false;
  const { phase, failure } = run.node(due.node);
  if (failure?.code === "NodeFailed") return false;
  run.forgetBegun();
  const shorter = {
    code: "NodeFailed",
    message: `failed to record an event of the node: ${refusal.message.slice(0, 1000)}`,
    kind: "USER",
  } as const;
  if (phase === "QUEUED" || phase === "RUNNING" || phase === "SUCCEEDING") {
    run.enterNodePhase(due.node, "FAILING", deps.clock.now(), { failure: shorter });
  } else if (phase === "FAILING" || phase === "FAILED" || phase === "TIMING_OUT" || phase === "TIMED_OUT") {
    run.patchNode(due.node, { failure: shorter });
  } else {
    return false;
  }
  return true;
}

/** Of one transaction, which holds the event loop while it runs. */
const eventsAtOnce = 400;

/**
 * Records events, in order; where that is one commit with the run's state, saves that as well; else nothing is told of nodes
 * that were begun since the last save. Rejects when a later round
 * has to try again. Returns how many were due.
 */
export async function report(run: WorkflowRun, deps: PropellerDeps, taskEvents: TaskEvents): Promise<number> {
  const all = dueEvents(run, deps, taskEvents);
  const isOneCommit = deps.events.recordAndSave !== undefined && all.length <= eventsAtOnce;
  const due = isOneCommit ? all : all.filter(({ node }) => node === undefined || !run.begun.has(node));
  const events = due.map(({ event }) => event);
  if (events.length === 0) return 0;
  if (!deps.events.recordAndSave) {
    takeOutcomes(run, deps, due, await deps.events.record(events));
    return due.length;
  }
  const outcomes: Outcome[] = [];
  while (events.length > eventsAtOnce) outcomes.push(...(await deps.events.record(events.splice(0, eventsAtOnce))));
  try {
    const saved = await deps.events.recordAndSave(events, (last) => {
      if (isOneCommit && run.begun.size > 0 && last.some(isTooMuch)) throw new BegunTooSoon();
      takeOutcomes(run, deps, due, [...outcomes, ...last]);
      return run.save(false);
    });
    if (!saved) throw new StaleRun();
  } catch (thrown) {
    if (!(thrown instanceof BegunTooSoon)) throw thrown;
    run.forgetBegun();
    return report(run, deps, taskEvents);
  }
  run.saved();
  return due.length;
}

/** Undoes a commit in which nodes were begun though one they wait for turns out to fail. */
class BegunTooSoon extends Error {}

const isTooMuch = (outcome: Outcome): boolean => outcome?.status === "INVALID_ARGUMENT" || outcome?.status === "RESOURCE_EXHAUSTED";

/** Notes what admin has, and follows what it will not take. */
function takeOutcomes(run: WorkflowRun, deps: PropellerDeps, due: readonly DueEvent[], outcomes: readonly Outcome[]): void {
  for (const [index, each] of due.entries()) {
    const refusal = outcomes[index];
    const { level } = each.event;
    if (refusal === undefined || refusal.status === "ALREADY_EXISTS" || each.node?.kind === "end") {
      each.recorded(refusal !== undefined);
    } else if (level === "workflow" && (refusal.status === "FAILED_PRECONDITION" || refusal.status === "NOT_FOUND")) {
      // Without a detail the execution is being aborted and we have not heard of it yet. Told again after a crash, admin
      // may already have the end that comes last here.
      const known = refusal.status === "FAILED_PRECONDITION" && (refusal.details.length === 0 || endIsKnown(due, outcomes, each));
      if (known) each.recorded(true);
      else if (!run.state.silent) fallSilent(run, deps, refusal);
    } else if (refusal.status === "FAILED_PRECONDITION" && (each.ends || each.isUpdate || endIsKnown(due, outcomes, each))) {
      each.recorded(false);
    } else if (isTooMuch(refusal) && failRefusedNode(run, deps, each, refusal)) {
      deps.logger.warn("admin refused an event", {
        execution: run.definition.spec.id.name,
        node: each.node?.uniqueId,
        status: refusal.status,
        error: refusal.message,
      });
    } else if (isTooMuch(refusal) && each.isUpdate) {
      // The node fails for it already, or has ended: it is not told again, for that would never end.
      each.recorded(false);
    } else if (!run.state.silent) {
      throw refusal;
    }
  }
}

/** Whether this batch also holds the end of what `each` is about, and admin has it: then it is told again after a crash. */
function endIsKnown(due: readonly DueEvent[], outcomes: readonly Outcome[], each: DueEvent): boolean {
  return due.some((other, index) => {
    const about = other.node === each.node && (other.event.level === each.event.level || other.event.level === "node");
    const status = outcomes[index]?.status;
    return about && other.ends && (status === undefined || status === "ALREADY_EXISTS" || status === "FAILED_PRECONDITION");
  });
}
