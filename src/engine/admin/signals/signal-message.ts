import { flyteidl } from "../../../idl/flyteidl.ts";
import { bytesField, concatBytes } from "../../../idl/wire.ts";
import type { SignalRow } from "../../../ports/state-store.ts";

/** An admin.Signal of stored bytes. */
export function signalMessage({ execution, signalId, type, value }: SignalRow): Uint8Array {
  const { project, domain, name } = execution;
  const id = flyteidl.core.SignalIdentifier.encode({ signalId, executionId: { project, domain, name } }).finish();
  return concatBytes(bytesField(1, id), bytesField(2, type), value === null ? new Uint8Array() : bytesField(3, value));
}
