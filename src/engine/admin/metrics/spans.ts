import Long from "long";
import type { flyteidl } from "../../../idl/flyteidl.ts";
import { toNumber } from "../../../idl/time.ts";
import type { ProtoDuration, ProtoTimestamp } from "../../../idl/types.ts";

export type Span = flyteidl.core.Span.$Properties;
type Time = ProtoTimestamp | null | undefined;

/** What the engine spends time on, as Flyte's metrics manager calls it. */
type Operation =
  | "NODE_IDLE"
  | "NODE_RESET"
  | "NODE_SETUP"
  | "NODE_TEARDOWN"
  | "NODE_TRANSITION"
  | "TASK_RUNTIME"
  | "TASK_SETUP"
  | "TASK_TEARDOWN"
  | "WORKFLOW_SETUP"
  | "WORKFLOW_TEARDOWN";

export const operation = (operationId: Operation, startTime: Time, endTime: Time): Span => ({
  startTime: startTime ?? null,
  endTime: endTime ?? null,
  operationId,
});

/** The end of something: none where `after` is over before `before` is. */
export const teardown = (
  operationId: "NODE_RESET" | "NODE_TEARDOWN" | "TASK_TEARDOWN" | "WORKFLOW_TEARDOWN",
  before: Time,
  after: Time,
): Span[] => (isBefore(after, before) ? [] : [operation(operationId, before, after)]);

/** Unset, or at the epoch, which is unset, too. */
export const isUnset = (value: ProtoTimestamp | ProtoDuration | null | undefined): boolean =>
  value == null || (toNumber(value.seconds) === 0 && !value.nanos);

/** Times that are unset are at the epoch. */
export function isBefore(a: Time, b: Time): boolean {
  const seconds = toNumber(a?.seconds) - toNumber(b?.seconds);
  return seconds === 0 ? (a?.nanos ?? 0) < (b?.nanos ?? 0) : seconds < 0;
}

/** For sorting. */
export const compareTimes = (a: Time, b: Time): number => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0);

export function plus(time: ProtoTimestamp, duration: ProtoDuration): ProtoTimestamp {
  const nanos = (time.nanos ?? 0) + (duration.nanos ?? 0);
  const carry = Math.floor(nanos / 1e9);
  return { seconds: Long.fromNumber(toNumber(time.seconds) + toNumber(duration.seconds) + carry), nanos: nanos - carry * 1e9 };
}
