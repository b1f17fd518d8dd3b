import { setTimeout as pause } from "node:timers/promises";
import type { AdminClient } from "../../src/client/admin-client.ts";
import { executionPhaseOf, isTerminalExecution } from "../../src/idl/phases.ts";
import { hasStatus } from "../../src/idl/status.ts";
import { FlyteError } from "../../src/std/errors.ts";

export const idOf = (name: string) => ({ project: "flytesnacks", domain: "development", name });

/** Undefined when that admin is not there to answer. */
export async function answered<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (thrown instanceof FlyteError || hasStatus(thrown, "UNAVAILABLE", "CANCELLED")) return undefined;
    throw thrown;
  }
}

/** The phase an execution has ended in, a failure with its message; undefined while it goes on or nobody answers. */
export async function endOf(admin: AdminClient, name: string): Promise<string | undefined> {
  const execution = await answered(admin.getExecution({ id: idOf(name) }));
  const phase = execution && executionPhaseOf(execution.closure?.phase);
  if (phase === "FAILED") return `FAILED: ${execution?.closure?.error?.message}`;
  return phase !== undefined && isTerminalExecution(phase) ? phase : undefined;
}

/** What `endOf` says in the end; throws with `log` after that many seconds. */
export async function ended(admin: AdminClient, name: string, seconds: number, log: () => string): Promise<string> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await pause(20)) {
    const phase = await endOf(admin, name);
    if (phase !== undefined) return phase;
  }
  throw new Error(`${name} did not end within ${seconds} s: ${log()}`);
}
