import { hasStatus, rpcErrorText, StatusError } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";

/** Calls about one attempt that went wrong, in a row. */
export interface Trouble {
  readonly since: number;
  readonly error: unknown;
  /** How many, and how many of them the server itself answered. */
  readonly calls: number;
  readonly answers: number;
  /** When to call again. */
  readonly again: number;
}

const soonest = 250;
const latest = 30_000;

/** One more call went wrong at `now`. Each next one waits twice as long, up to half a minute. */
export function moreTrouble(before: Trouble | undefined, error: unknown, now: number): Trouble {
  const { since = now, calls = 0, answers = 0 } = before ?? {};
  const again = now + Math.min(latest, soonest * 2 ** Math.min(calls, 20));
  return { since, error, calls: calls + 1, answers: answers + (isAway(error) ? 0 : 1), again };
}

/** Whether nobody was there to answer: another call may find somebody. */
export function isAway(error: unknown): boolean {
  return hasStatus(error, "UNAVAILABLE");
}

/** An error as Flyte's engine prints it. */
export function errorText(error: unknown): string {
  return (error instanceof StatusError ? rpcErrorText(error) : messageOf(error)).slice(0, 10_000);
}
