import type { ComputeBackend } from "../ports/compute-backend.ts";
import { isAttemptName, type LogSource } from "./log-source.ts";

interface KeptLogs extends Pick<ComputeBackend, "logs"> {
  /** False for what is no longer kept. */
  hasLog?(name: string): boolean;
}

/** The logs of processes and containers of this machine, by the names of their attempts. */
export function attemptLogs(compute: KeptLogs): LogSource {
  return {
    async open({ segments: [name = "", ...rest], follow, signal }) {
      if (rest.length > 0 || !isAttemptName(name)) return { status: 404, why: "no such log" };
      if (compute.hasLog?.(name) === false) {
        return {
          status: 410,
          why: `the log of ${name} is no longer kept: the newest ones are, up to a number, a size and an age (or there never was such an attempt)`,
        };
      }
      return { pieces: compute.logs(name, { follow, signal }) };
    },
  };
}
