import { flyteidl } from "../../../idl/flyteidl.ts";
import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import type { Signals } from "../../../ports/signals.ts";
import type { SignalRow } from "../../../ports/state-store.ts";
import { rowTime } from "../../events/row-time.ts";
import { toTimestamp } from "../../../idl/time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { missingField } from "../refusals.ts";
import { signalMessage } from "./signal-message.ts";
import { validSignalId } from "./valid-signal-id.ts";

type SignalDeps = Pick<AdminDeps, "state" | "clock">;

/** GetOrCreateSignal: a signal of its type before it is set, with its value after. The type it was created with stays. */
export async function getOrCreateSignal(
  deps: AdminDeps,
  request: flyteidl.admin.SignalGetOrCreateRequest.$Properties,
): Promise<Uint8Array> {
  const { execution, signalId } = validSignalId(request.id);
  if (request.type == null) throw missingField("type");
  return signalMessage(await signalOf(deps, execution, signalId, flyteidl.core.LiteralType.encode(request.type).finish()));
}

/** Propeller's way to the signals of an admin in its own process. */
export function createDirectSignals(deps: SignalDeps): Signals {
  return {
    async getOrCreate(execution, signalId, type) {
      const { value } = await signalOf(deps, execution, signalId, flyteidl.core.LiteralType.encode(type).finish());
      return value === null ? undefined : flyteidl.core.Literal.decode(value);
    },
  };
}

async function signalOf(deps: SignalDeps, execution: WorkflowExecutionId, signalId: string, type: Uint8Array): Promise<SignalRow> {
  const known = await deps.state.read.signals.get(execution, signalId);
  if (known) return known;
  return await deps.state.write(async (writer) => {
    const meanwhile = await writer.signals.get(execution, signalId);
    if (meanwhile) return meanwhile;
    const now = rowTime(toTimestamp(deps.clock.now()));
    const row = { execution, signalId, type, value: null, createdAt: now, updatedAt: now };
    return { ...row, key: await writer.signals.insert(row) };
  });
}
