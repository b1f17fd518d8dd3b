import { castable } from "../../../compiler/castable.ts";
import { typeOfLiteral } from "../../../compiler/type-of-literal.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import { toTimestamp } from "../../../idl/time.ts";
import { typeText } from "../../../idl/type-text.ts";
import { rowTime } from "../../events/row-time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { invalidArgument, missingField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validSignalId } from "./valid-signal-id.ts";

/**
 * SetSignal: gives a signal its value, or another one, and wakes the execution. INVALID_ARGUMENT for a signal that nobody
 * has asked for yet, and for a value that is not of its type.
 */
export async function setSignal(deps: AdminDeps, request: flyteidl.admin.SignalSetRequest.$Properties): Promise<Uint8Array> {
  const { execution, signalId } = validSignalId(request.id);
  const { value } = request;
  if (value == null) throw missingField("value");
  const type = typeOfLiteral(value);
  if (type === undefined) throw invalidArgument("Failed to validate literal type for [] with err: the value shows no type");
  await deps.state.write(async (writer) => {
    const row = await writer.signals.get(execution, signalId);
    if (!row) {
      const key = `{{${execution.project} ${execution.domain} ${execution.name}} ${signalId}}`;
      throw invalidArgument(`failed to validate that signal [${key}] exists, err: [missing entity of type signal with identifier ${key}]`);
    }
    const expected = flyteidl.core.LiteralType.decode(row.type);
    if (!castable(expected, type)) {
      throw invalidArgument(
        `requested signal value of type [${typeText(type)}] is not castable to existing signal type [${typeText(expected)}]`,
      );
    }
    await writer.signals.setValue(row, flyteidl.core.Literal.encode(value).finish(), rowTime(toTimestamp(deps.clock.now())));
  });
  deps.workflows.wake(execution);
  return emptyReply;
}
