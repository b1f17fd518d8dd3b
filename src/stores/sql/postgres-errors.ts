import { StatusError, type StatusName } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";

interface PostgresError extends Error {
  readonly code: string;
  readonly detail?: string;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}

function isServerError(thrown: unknown): thrown is PostgresError {
  return thrown instanceof Error && /^[0-9A-Z]{5}$/.test(codeOf(thrown)) && "severity" in thrown;
}

/** Serialisation failure, deadlock, lock timeout: nothing is wrong with the work itself. */
const contention = new Set(["40001", "40P01", "55P03"]);

/** Whether a statement failed only because another transaction was in its way. */
export function isContention(thrown: unknown): boolean {
  return isServerError(thrown) && contention.has(thrown.code);
}

/** Whether the connection is of no more use: closed, refused, or ended by the server. */
export function isLost(thrown: unknown): boolean {
  // 08: connection exceptions; 57P01 to 57P05: the server ends, or has ended, the session; 53300: no more connections.
  if (isServerError(thrown)) return /^08|^57P0|^53300$|^25P03$/.test(thrown.code);
  if (!(thrown instanceof Error)) return false;
  return (
    /^E[A-Z_]+$/.test(codeOf(thrown)) ||
    /Connection terminated|not queryable|connection timeout|timeout exceeded when trying to connect|^timeout expired$|the pool/i.test(
      thrown.message,
    )
  );
}

const statuses: Readonly<Record<string, readonly [StatusName, string]>> = {
  "53100": ["RESOURCE_EXHAUSTED", "the disk that holds the database is full: nothing was written; free some space"],
  "54000": ["INVALID_ARGUMENT", "a value is too long for the database to index"],
  "22021": ["INVALID_ARGUMENT", "text holds a character that the database cannot keep"],
  "22P05": ["INVALID_ARGUMENT", "text holds a character that the database cannot keep"],
  "22025": ["INVALID_ARGUMENT", "a pattern may not end with a backslash"],
  "22003": ["INVALID_ARGUMENT", "a number is out of range"],
};

/**
 * A database error as a StatusError: a lost connection is UNAVAILABLE, a repeated key ALREADY_EXISTS, contention ABORTED, a
 * full disk RESOURCE_EXHAUSTED, what does not fit INVALID_ARGUMENT, others INTERNAL. Anything else as it is.
 */
export function postgresStatusError(thrown: unknown): unknown {
  if (thrown instanceof StatusError) return thrown;
  if (isLost(thrown)) return new StatusError("UNAVAILABLE", "the database cannot be reached", [], thrown);
  if (!isServerError(thrown)) return thrown;
  if (thrown.code === "23505") {
    const columns = /^Key \((.*?)\)=/.exec(thrown.detail ?? "")?.[1] ?? "unknown";
    return new StatusError("ALREADY_EXISTS", `value with matching already exists (${columns})`, [], thrown);
  }
  if (contention.has(thrown.code)) return new StatusError("ABORTED", "the database was too busy with the same rows", [], thrown);
  const known = statuses[thrown.code];
  if (known) return new StatusError(known[0], known[1], [], thrown);
  return new StatusError("INTERNAL", `database error: ${messageOf(thrown)}`, [], thrown);
}
