import Long from "long";
import type { AdminClient } from "../../client/admin-client.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import { executionPhaseOf, isTerminalExecution } from "../../idl/phases.ts";
import { hasStatus } from "../../idl/status.ts";
import { toNumber } from "../../idl/time.ts";
import type { Clock } from "../../std/clock.ts";
import { FlyteError } from "../../std/errors.ts";
import { pollExecution } from "./poll-execution.ts";
import type { PhaseChange } from "./phase-change.ts";
import { phaseChangeOf } from "./phase-change.ts";
import { pause } from "./pause.ts";

const firstPause = 250;
const longestPause = 5000;
/** How long a deployment may be away; a daemon is back in a second, a pod in a minute. */
const patience = 5 * 60_000;

export interface WatchTools {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The deployment has no stream, and is asked again and again. */
  readonly onPolling?: () => void;
  /** The connection was lost, with why, and is sought again; or is there again (undefined). */
  readonly onLost?: (why: string | undefined) => void;
}

/**
 * The phase changes of an execution from its beginning until it has ended: by the watch stream, taken up behind the last
 * event where a lost connection or a restarted deployment broke it, for five minutes at most; or by asking again and again
 * where a deployment has no stream.
 */
export async function* watchExecution(
  admin: AdminClient,
  id: WorkflowExecutionId,
  tools: WatchTools,
): AsyncGenerator<PhaseChange, void, undefined> {
  let seen: number | undefined;
  let lostAt: number | undefined;
  for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
    let ended = false;
    const since = tools.clock.now();
    try {
      const request = { id: { ...id }, resumeAfter: Long.fromNumber(seen ?? 0, true) };
      for await (const event of admin.watchExecution(request, { signal: tools.signal })) {
        if (lostAt !== undefined) tools.onLost?.(undefined);
        lostAt = undefined;
        wait = firstPause;
        seen = Math.max(seen ?? 0, toNumber(event.sequence));
        const change = phaseChangeOf(event);
        if (change) yield change;
        if (event.execution != null) ended = isTerminalExecution(executionPhaseOf(event.execution.closure?.phase));
      }
      return;
    } catch (error) {
      tools.signal.throwIfAborted();
      if (ended) return;
      if (hasStatus(error, "UNIMPLEMENTED")) break;
      // What never answered is likelier a wrong endpoint than a restart.
      if (!isGone(error) || (seen === undefined && !hasStatus(error, "UNAVAILABLE"))) throw error;
      const now = tools.clock.now();
      // A stream that was open for a while, if without a word, had been found again.
      if (now - since > longestPause) {
        lostAt = undefined;
        wait = firstPause;
      }
      if (lostAt === undefined) tools.onLost?.(error instanceof Error ? error.message : String(error));
      lostAt ??= now;
      if (now - lostAt > patience) throw error;
      await pause(tools.clock, wait, tools.signal);
    }
  }
  tools.onPolling?.();
  try {
    yield* pollExecution(admin, id, tools);
  } catch (error) {
    // Ctrl-C in the middle of a call: the call's own end is not what happened.
    tools.signal.throwIfAborted();
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return hasStatus(error, "UNAVAILABLE") || (error instanceof FlyteError && error.code === "ENDPOINT_UNREACHABLE");
}
