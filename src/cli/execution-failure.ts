import { FlyteError } from "../std/errors.ts";
import { briefMessage } from "./views/error-view.ts";
import type { ExecutionView } from "./views/execution-view.ts";

/** The error of an execution that ended without success; undefined for one that succeeded or goes on. */
export function executionFailure(execution: ExecutionView): FlyteError | undefined {
  const { urn, phase, error, abortCause } = execution;
  if (phase !== "FAILED" && phase !== "ABORTED" && phase !== "TIMED_OUT") return undefined;
  const why = error ? `[${error.code}] ${briefMessage(error.message)}` : (abortCause ?? "no reason was recorded");
  return new FlyteError({
    code: `EXECUTION_${phase}`,
    blame: "execution",
    message: `${urn} ${phase === "TIMED_OUT" ? "timed out" : phase.toLowerCase()}: ${why.trim()}`,
    hint:
      phase === "FAILED"
        ? `see its nodes with: flyte get execution ${urn}; its output with: flyte logs ${urn}`
        : `see its nodes with: flyte get execution ${urn}`,
    details: { execution },
  });
}
