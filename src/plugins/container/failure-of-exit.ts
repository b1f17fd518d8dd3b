import type { ComputeStatus } from "../../ports/compute-backend.ts";
import type { PluginError } from "../../ports/task-plugin.ts";
import { goDuration } from "../../std/go-duration.ts";

type Exited = Extract<ComputeStatus, { readonly state: "EXITED" }>;

/**
 * What an attempt failed of that ended without success and without an error file; always retryable. A signal, or an exit
 * code that stands for one (137 killed, 247 the same in Flyte's eyes), was not the program's own doing: SYSTEM. Another
 * exit code was (`sys.exit(3)`), as Flyte has it for the main container of a running pod: USER; so is running out of
 * memory, by whatever signal. A time-out has the code and text of Flyte's own. `log` is the end of what it printed.
 */
export function failureOfExit(exited: Exited, log: string, timeoutSeconds: number | undefined): PluginError {
  if (exited.timedOut) {
    return { code: "TimeoutExpired", message: `task execution timeout [${goDuration(timeoutSeconds ?? 0)}] expired`, kind: "USER" };
  }
  if (exited.outOfMemory) {
    return {
      code: "OOMKilled",
      message: `[main] terminated with exit code (${exited.exitCode}). Reason [OOMKilled]. Message: \n${log}`,
      kind: "USER",
    };
  }
  // Its object store may be what it failed of.
  const killed = exited.unattended || exited.signal !== undefined || exited.exitCode === 137 || exited.exitCode === 247;
  const reason = exited.signal ?? "Error";
  const message = `[main] terminated with exit code (${exited.exitCode}). Reason [${reason}]. Message: \n${log}`;
  return killed ? { code: "Interrupted", message, kind: "SYSTEM" } : { code: "Error", message, kind: "USER" };
}
