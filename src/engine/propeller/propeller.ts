import { createWorkerPool } from "./worker-pool.ts";
import { executionKey, executionOfKey } from "../../idl/identifiers.ts";
import { hasStatus } from "../../idl/status.ts";
import { attemptRulesOf } from "./attempt-rules.ts";
import { handlerOf } from "./nodes/handlers.ts";
import { isNodeActive } from "./node-transition.ts";
import { messageOf } from "../../std/errors.ts";
import { nextDeadline } from "./deadlines.ts";
import { runningSince } from "./end-attempt.ts";
import { readDefinition } from "./workflow-definition.ts";
import { RoundFailed, runRound } from "./workflow-executor.ts";
import { StaleRun } from "./stale-run.ts";
import { WorkflowRun } from "./workflow-run.ts";
import type { NextLook } from "./worker-pool.ts";
import type { PropellerDeps, RoundDeps } from "./propeller-deps.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { WorkflowSnapshot } from "../../ports/workflow-store.ts";

export interface Propeller {
  /** Takes up what is active, and whatever begins from now on. */
  start(): Promise<void>;
  /** Resolves when no round is running; what was claimed stays claimed until its lease ends. */
  stop(): Promise<void>;
  /**
   * Has an execution looked at again, soon: what plugins call when something they wait for has happened. Of the attempts under
   * way only that of `nodeId` is asked about, when given.
   */
  wake(id: WorkflowExecutionId, nodeId?: string): void;
  /** Resolves when no round is running or due at once; for tests. */
  idle(): Promise<void>;
}

/** Milliseconds a claim lasts, unless it is prolonged. */
export const leaseLength = 30_000;
const roundsAtATime = 8;
/** Workflows kept in memory between rounds. */
const mostKept = 500;
const longestBackoff = 30_000;
const unavailableBackoff = 3_000;

const backoff = (failures: number): number => Math.min(longestBackoff, 100 * 2 ** Math.max(0, failures - 1));

interface Kept {
  readonly run: WorkflowRun;
  readonly leaseUntil: number;
  /** When all attempts are to be asked about, whoever is named. */
  readonly wholeAt: number;
}

/** Propeller: it takes executions from admin's hand through their nodes to their end. Flyte: flytepropeller. */
export function createPropeller(deps: PropellerDeps): Propeller {
  const { workflows, clock, settings, owner, logger } = deps;
  const kept = new Map<string, Kept>();
  /** To be read again whatever is kept: terminated, perhaps. */
  const outdated = new Set<string>();
  /** Nodes that wakes have named since the last round; undefined when one has named none. */
  const named = new Map<string, Set<string> | undefined>();
  /** Rounds that went wrong in a row, in this process. */
  const trouble = new Map<string, number>();
  let unsubscribe = (): void => {};

  const claim = async (id: WorkflowExecutionId): Promise<{ snapshot: WorkflowSnapshot; leaseUntil: number } | undefined> => {
    const now = clock.now();
    const snapshot = await workflows.claim(id, owner, now, now + leaseLength);
    return snapshot && { snapshot, leaseUntil: now + leaseLength };
  };

  const runOf = (snapshot: WorkflowSnapshot, definition = readDefinition(snapshot.spec)): WorkflowRun =>
    new WorkflowRun(definition, snapshot, settings, handlerOf);

  const take = async (key: string): Promise<Kept | undefined> => {
    const known = kept.get(key);
    kept.delete(key);
    if (known && !outdated.has(key) && clock.now() < known.leaseUntil - leaseLength / 2) return known;
    outdated.delete(key);
    const claimed = await claim(executionOfKey(key));
    if (!claimed) return undefined;
    const { snapshot, leaseUntil } = claimed;
    if (known && known.run.version === snapshot.version && known.run.epoch === snapshot.epoch) {
      known.run.termination = snapshot.termination;
      return { run: known.run, leaseUntil, wholeAt: 0 };
    }
    const run = runOf(snapshot, known?.run.definition);
    await run.openScopes(deps);
    return { run, leaseUntil, wholeAt: 0 };
  };

  const keep = (key: string, entry: Kept): void => {
    kept.set(key, entry);
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
  };

  /** When time alone changes something. */
  const nextTime = (run: WorkflowRun, wholeAt: number): number | undefined => {
    const { definition, state } = run;
    const due: number[] = [];
    if (wholeAt < Infinity) due.push(wholeAt);
    if (settings.executionDeadline > 0 && state.phase === "RUNNING" && state.startedAt !== undefined)
      due.push(state.startedAt + settings.executionDeadline);
    for (const node of run.nodesAtWork()) {
      const own = run.node(node);
      const { phase, queuedAt, task } = own;
      if (!isNodeActive(phase)) continue;
      const look = handlerOf(node).nextLook?.(node, own, run);
      if (look !== undefined) due.push(look);
      const runningAt = task ? task.runningAt : runningSince(own);
      const deadline = nextDeadline(attemptRulesOf(definition, settings, node).deadlines, { queuedAt, runningAt });
      if (deadline !== undefined) due.push(deadline);
    }
    return due.length === 0 ? undefined : Math.min(...due);
  };

  /** Writes down that a round failed; too many of them end the workflow. */
  const countFailure = async (key: string, error: string): Promise<number> => {
    const claimed = await claim(executionOfKey(key));
    if (!claimed) return 0;
    const run = runOf(claimed.snapshot);
    const failedRounds = run.state.failedRounds + 1;
    run.patchState({ failedRounds, lastRoundError: error.slice(0, 10_000) });
    const { id, expected, delta } = run.save(false);
    await workflows.save(id, expected, delta);
    return failedRounds;
  };

  const afterTrouble = async (key: string, thrown: unknown): Promise<NextLook> => {
    const times = (trouble.get(key) ?? 0) + 1;
    trouble.set(key, times);
    named.set(key, undefined);
    // The first loser of a compare-and-set just reads again.
    if (thrown instanceof StaleRun)
      return times === 1 ? { at: clock.now(), holdOff: false } : { at: clock.now() + backoff(times), holdOff: true };
    const error = messageOf(thrown);
    if (hasStatus(thrown instanceof RoundFailed ? thrown.cause : thrown, "UNAVAILABLE")) {
      // Nothing is wrong with the workflow: it waits until admin, the catalog or the database is back.
      logger.warn("a part of the engine cannot be reached", { execution: key, error });
      return { at: clock.now() + Math.min(backoff(times), unavailableBackoff), holdOff: true };
    }
    logger.warn("a round failed and will be tried again", { execution: key, error, partly: thrown instanceof RoundFailed });
    let failures = times;
    try {
      failures = Math.max(failures, await countFailure(key, error));
    } catch (again) {
      logger.error("a failed round could not be counted", { execution: key, error: messageOf(again) });
    }
    return { at: clock.now() + backoff(failures), holdOff: true };
  };

  const wake = (key: string, nodeId?: string, urgent = false): void => {
    if (nodeId === undefined) named.set(key, undefined);
    else if (named.has(key)) named.get(key)?.add(nodeId);
    else named.set(key, new Set([nodeId]));
    pool.wake(key, urgent);
  };

  const roundDeps: RoundDeps = { ...deps, wake: (id, nodeId) => wake(executionKey(id), nodeId) };

  const work = async (key: string): Promise<NextLook> => {
    const nodes = named.get(key);
    named.delete(key);
    try {
      const entry = await take(key);
      if (!entry) {
        trouble.delete(key);
        const active = await workflows.listActive();
        // Somebody else's, until the lease ends.
        return { at: active.some((id) => executionKey(id) === key) ? clock.now() + leaseLength / 3 : undefined, holdOff: false };
      }
      const now = clock.now();
      const whole = nodes === undefined || now >= entry.wholeAt;
      const completed = await runRound(entry.run, roundDeps, whole ? undefined : nodes);
      trouble.delete(key);
      if (completed) {
        named.delete(key);
        return { at: undefined, holdOff: false };
      }
      const { reevaluationInterval } = settings;
      const wholeAt = reevaluationInterval === 0 ? Infinity : whole ? clock.now() + reevaluationInterval : entry.wholeAt;
      keep(key, { ...entry, wholeAt });
      return { at: nextTime(entry.run, wholeAt), holdOff: false };
    } catch (thrown) {
      return afterTrouble(key, thrown);
    }
  };

  const pool = createWorkerPool(clock, roundsAtATime, work);
  return {
    async start() {
      unsubscribe = workflows.subscribe((id, nodeId) => {
        const key = executionKey(id);
        if (nodeId === undefined) outdated.add(key);
        wake(key, nodeId, true);
      });
      for (const id of await workflows.listActive()) wake(executionKey(id));
    },
    async stop() {
      unsubscribe();
      await pool.stop();
    },
    wake: (id, nodeId) => wake(executionKey(id), nodeId),
    idle: () => pool.idle(),
  };
}
