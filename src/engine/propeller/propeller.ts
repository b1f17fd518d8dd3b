import { createWorkerPool } from "./worker-pool.ts";
import { executionKey, executionOfKey } from "../../idl/identifiers.ts";
import { isNodeActive } from "./node-transition.ts";
import { messageOf } from "../../std/errors.ts";
import { nextDeadline } from "./deadlines.ts";
import { readDefinition } from "./workflow-definition.ts";
import { RoundFailed, runRound, StaleRun } from "./workflow-executor.ts";
import { taskOfNode } from "./nodes/task/task-of-node.ts";
import { WorkflowRun } from "./workflow-run.ts";
import type { NextLook } from "./worker-pool.ts";
import type { PropellerDeps } from "./propeller-deps.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { WorkflowSnapshot } from "../../ports/workflow-store.ts";

export interface Propeller {
  /** Takes up what is active, and whatever begins from now on. */
  start(): Promise<void>;
  /** Resolves when no round is running; what was claimed stays claimed until its lease ends. */
  stop(): Promise<void>;
  /** Has an execution looked at again, soon: what plugins call when something they wait for has happened. */
  wake(id: WorkflowExecutionId): void;
  /** Resolves when no round is running or due at once; for tests. */
  idle(): Promise<void>;
}

const leaseLength = 30_000;
const roundsAtATime = 8;
/** Workflows kept in memory between rounds. */
const mostKept = 500;
const longestBackoff = 30_000;

const backoff = (failures: number): number => Math.min(longestBackoff, 100 * 2 ** Math.max(0, failures - 1));

interface Kept {
  readonly run: WorkflowRun;
  readonly leaseUntil: number;
}

/** Propeller: it takes executions from admin's hand through their nodes to their end. Flyte: flytepropeller. */
export function createPropeller(deps: PropellerDeps): Propeller {
  const { workflows, clock, settings, owner, logger } = deps;
  const kept = new Map<string, Kept>();
  /** To be read again whatever is kept: terminated, perhaps. */
  const outdated = new Set<string>();
  /** Rounds that went wrong in a row, in this process. */
  const trouble = new Map<string, number>();
  let unsubscribe = (): void => {};

  const claim = async (id: WorkflowExecutionId): Promise<{ snapshot: WorkflowSnapshot; leaseUntil: number } | undefined> => {
    const now = clock.now();
    const snapshot = await workflows.claim(id, owner, now, now + leaseLength);
    return snapshot && { snapshot, leaseUntil: now + leaseLength };
  };

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
      return { run: known.run, leaseUntil };
    }
    return { run: new WorkflowRun(known?.run.definition ?? readDefinition(snapshot.spec), snapshot), leaseUntil };
  };

  const keep = (key: string, entry: Kept): void => {
    kept.set(key, entry);
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
  };

  /** When time alone changes something. */
  const nextTime = (run: WorkflowRun): number | undefined => {
    const { definition, state } = run;
    const due: number[] = [];
    if (settings.reevaluationInterval > 0) due.push(clock.now() + settings.reevaluationInterval);
    if (settings.executionDeadline > 0 && state.phase === "RUNNING" && state.startedAt !== undefined)
      due.push(state.startedAt + settings.executionDeadline);
    for (const id of run.nodesAtWork()) {
      const { phase, queuedAt, task } = run.node(id);
      if (!isNodeActive(phase)) continue;
      const deadline = nextDeadline(taskOfNode(definition, settings, id).deadlines, { queuedAt, runningAt: task?.runningAt });
      if (deadline !== undefined) due.push(deadline);
    }
    return due.length === 0 ? undefined : Math.min(...due);
  };

  /** Writes down that a round failed; too many of them end the workflow. */
  const countFailure = async (key: string, error: string): Promise<number> => {
    const claimed = await claim(executionOfKey(key));
    if (!claimed) return 0;
    const run = new WorkflowRun(readDefinition(claimed.snapshot.spec), claimed.snapshot);
    const failedRounds = run.state.failedRounds + 1;
    run.patchState({ failedRounds, lastRoundError: error.slice(0, 10_000) });
    await workflows.save(run.definition.spec.id, { version: run.version, epoch: run.epoch }, run.delta(false));
    return failedRounds;
  };

  const afterTrouble = async (key: string, thrown: unknown): Promise<NextLook> => {
    const times = (trouble.get(key) ?? 0) + 1;
    trouble.set(key, times);
    // The first loser of a compare-and-set just reads again.
    if (thrown instanceof StaleRun)
      return times === 1 ? { at: clock.now(), holdOff: false } : { at: clock.now() + backoff(times), holdOff: true };
    const error = messageOf(thrown);
    logger.warn("a round failed and will be tried again", { execution: key, error, partly: thrown instanceof RoundFailed });
    let failures = times;
    try {
      failures = Math.max(failures, await countFailure(key, error));
    } catch (again) {
      logger.error("a failed round could not be counted", { execution: key, error: messageOf(again) });
    }
    return { at: clock.now() + backoff(failures), holdOff: true };
  };

  const work = async (key: string): Promise<NextLook> => {
    try {
      const entry = await take(key);
      if (!entry) {
        trouble.delete(key);
        const active = await workflows.listActive();
        // Somebody else's, until the lease ends.
        return { at: active.some((id) => executionKey(id) === key) ? clock.now() + leaseLength / 3 : undefined, holdOff: false };
      }
      const completed = await runRound(entry.run, deps);
      trouble.delete(key);
      if (completed) return { at: undefined, holdOff: false };
      keep(key, entry);
      return { at: nextTime(entry.run), holdOff: false };
    } catch (thrown) {
      return afterTrouble(key, thrown);
    }
  };

  const pool = createWorkerPool(clock, roundsAtATime, work);
  return {
    async start() {
      unsubscribe = workflows.subscribe((id) => {
        const key = executionKey(id);
        outdated.add(key);
        pool.wake(key, true);
      });
      for (const id of await workflows.listActive()) pool.wake(executionKey(id));
    },
    async stop() {
      unsubscribe();
      await pool.stop();
    },
    wake: (id) => pool.wake(executionKey(id)),
    idle: () => pool.idle(),
  };
}
