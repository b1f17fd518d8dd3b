import { messageOf } from "../std/errors.ts";

/** The system's code of a network error (`ECONNREFUSED`), or an empty text; of several addresses that failed, the first one's. */
export function networkCode(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return networkCode(cause.errors[0]);
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

/** Its message; errors of several addresses have none of their own. */
export function networkReason(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return networkReason(cause.errors[0]);
  return messageOf(cause) || "the connection was lost";
}
