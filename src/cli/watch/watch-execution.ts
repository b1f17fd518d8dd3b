import type { AdminClient } from "../../client/admin-client.ts";
import Long from "long";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import { executionPhaseOf, isTerminalExecution } from "../../idl/phases.ts";
import { hasStatus } from "../../idl/status.ts";
import { toNumber } from "../../idl/time.ts";
import type { Clock } from "../../std/clock.ts";
import { pollExecution } from "./poll-execution.ts";
import type { PhaseChange } from "./phase-change.ts";
import { phaseChangeOf } from "./phase-change.ts";
import { pause } from "./pause.ts";

const reconnects = 10;

/**
 * The phase changes of an execution from its beginning until it has ended: by the watch stream, taken up again where a
 * lost connection broke it, or by asking again and again where a deployment has no stream (`onPolling` hears of it).
 */
export async function* watchExecution(
  admin: AdminClient,
  id: WorkflowExecutionId,
  tools: { readonly clock: Clock; readonly signal: AbortSignal; readonly onPolling?: () => void },
): AsyncGenerator<PhaseChange, void, undefined> {
  let seen = 0;
  for (let failures = 0; ;) {
    let ended = false;
    try {
      for await (const event of admin.watchExecution(
        { id: { ...id }, resumeAfter: Long.fromNumber(seen, true) },
        { signal: tools.signal },
      )) {
        failures = 0;
        seen = Math.max(seen, toNumber(event.sequence));
        const change = phaseChangeOf(event);
        if (change) yield change;
        if (event.execution != null) ended = isTerminalExecution(executionPhaseOf(event.execution.closure?.phase));
      }
      return;
    } catch (error) {
      tools.signal.throwIfAborted();
      if (ended) return;
      if (hasStatus(error, "UNIMPLEMENTED")) break;
      if (!hasStatus(error, "UNAVAILABLE") || ++failures > reconnects) throw error;
      await pause(tools.clock, Math.min(200 * 2 ** failures, 5000), tools.signal);
    }
  }
  tools.onPolling?.();
  yield* pollExecution(admin, id, tools);
}
