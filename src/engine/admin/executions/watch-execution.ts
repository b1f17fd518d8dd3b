import { flyte } from "../../../idl/flyteidl.ts";
import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import { executionPhaseOf, isTerminalExecution } from "../../../idl/phases.ts";
import type { ExecutionPhase } from "../../../idl/phases.ts";
import { toNumber } from "../../../idl/time.ts";
import { concatBytes } from "../../../idl/wire.ts";
import type { WatchRow } from "../../../ports/state-store.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { validExecutionId } from "../validate-identifier.ts";
import { existingExecution } from "./get-executions.ts";

const batch = 500;

/** WatchExecution: what was recorded after `resume_after`, then each change as it is committed, up to the one that ends the execution. */
export async function* watchExecution(
  deps: AdminDeps,
  request: flyte.watch.v1.WatchExecutionRequest.$Properties,
  context: CallContext,
): AsyncIterable<Uint8Array> {
  const id = validExecutionId(request.id);
  await existingExecution(deps, id);
  let sequence = toNumber(request.resumeAfter);
  const changes = new Changes(deps, id, context.signal);
  try {
    while (!context.signal.aborted) {
      // The wake-up is armed before the rows are read: what is committed after the read is not missed.
      const changed = changes.next();
      const rows = await deps.state.read.watch.after(id, sequence, batch);
      for (const row of rows) {
        yield concatBytes(flyte.watch.v1.WatchEvent.encode({ sequence: row.sequence }).finish(), row.event);
        sequence = row.sequence;
        if (endsExecution(row)) return;
      }
      if (rows.length === 0 && (await isOver(deps, id, sequence))) return;
      if (rows.length < batch) await changed;
    }
  } finally {
    changes.stop();
  }
}

function endsExecution(row: WatchRow): boolean {
  const { execution } = flyte.watch.v1.WatchEvent.decode(row.event);
  return execution != null && isTerminalExecution(executionPhaseOf(execution.closure?.phase));
}

/** Whether a watcher that has come to `sequence` has seen all there will be: it resumed after the end. */
async function isOver(deps: AdminDeps, id: WorkflowExecutionId, sequence: number): Promise<boolean> {
  const row = await existingExecution(deps, id);
  return isTerminalExecution(row.phase as ExecutionPhase) && row.lastSequence <= sequence;
}

/** Wake-ups of one watcher: a commit of this process or another, the caller's leaving, and the periodic look as a safety net. */
class Changes {
  readonly #deps: AdminDeps;
  readonly #signal: AbortSignal;
  readonly #unsubscribe: () => void;
  #wake: () => void = () => undefined;
  #cancelTimer: () => void = () => undefined;
  readonly #onAbort = (): void => this.#wake();

  constructor(deps: AdminDeps, id: WorkflowExecutionId, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#unsubscribe = deps.watchHub.subscribe(id, () => this.#wake());
    signal.addEventListener("abort", this.#onAbort);
  }

  /** Resolves at the next wake-up from now on. */
  next(): Promise<void> {
    this.#cancelTimer();
    const { clock, settings } = this.#deps;
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (settings.reevaluationInterval > 0) this.#cancelTimer = clock.at(clock.now() + settings.reevaluationInterval, resolve);
      if (this.#signal.aborted) resolve();
    });
  }

  stop(): void {
    this.#unsubscribe();
    this.#cancelTimer();
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}
