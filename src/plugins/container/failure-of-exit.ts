import type { ComputeStatus } from "../../ports/compute-backend.ts";
import type { PluginError } from "../../ports/task-plugin.ts";

type Exited = Extract<ComputeStatus, { readonly state: "EXITED" }>;

/**
 * What an attempt failed of that ended without success and without an error file; always retryable. A signal, or an exit
 * code that stands for one (137 killed, 247 the same in Flyte's eyes), was not the program's own doing: SYSTEM. Another
 * exit code was (`sys.exit(3)`), as Flyte has it for the main container of a running pod: USER. A time-out has the code
 * and text of Flyte's own. `log` is the end of what it printed.
 */
export function failureOfExit(exited: Exited, log: string, timeoutSeconds: number | undefined): PluginError {
  if (exited.timedOut) {
    return { code: "TimeoutExpired", message: `task execution timeout [${goDuration(timeoutSeconds ?? 0)}] expired`, kind: "USER" };
  }
  const killed = exited.signal !== undefined || exited.exitCode === 137 || exited.exitCode === 247;
  const reason = exited.signal ?? "Error";
  const message = `[main] terminated with exit code (${exited.exitCode}). Reason [${reason}]. Message: \n${log}`;
  return killed ? { code: "Interrupted", message, kind: "SYSTEM" } : { code: "Error", message, kind: "USER" };
}

/** As Go prints a duration of seconds: `1h0m0s`, `1m30s`, `2.5s`, `300ms`. */
export function goDuration(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${Math.round(seconds * 1e6) / 1e3}ms`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Math.round((seconds % 60) * 1e6) / 1e6;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${rest}s`;
}
