import type { ComputeStatus } from "../../ports/compute-backend.ts";
import type { EndRecord } from "./attempt-files.ts";

/** How an end is told to the world. */
export function endedStatus(ended: EndRecord): ComputeStatus {
  if ("refused" in ended) {
    const { refused: reason, hint, code, retryable } = ended;
    return {
      state: "REFUSED",
      reason,
      ...(hint === undefined ? {} : { hint }),
      ...(code === undefined ? {} : { code }),
      ...(retryable ? { retryable } : {}),
    };
  }
  if ("lost" in ended) return { state: "LOST", reason: ended.lost };
  const { cpuSeconds, peakMemoryBytes } = ended;
  return {
    state: "EXITED",
    exitCode: ended.exitCode,
    ...(ended.signal === undefined ? {} : { signal: ended.signal }),
    startedAt: ended.startedAt,
    finishedAt: ended.finishedAt,
    ...(cpuSeconds === undefined || peakMemoryBytes === undefined ? {} : { use: { cpuSeconds, peakMemoryBytes } }),
    ...(ended.timedOut ? { timedOut: true } : {}),
    ...(ended.outOfMemory ? { outOfMemory: true } : {}),
    ...(ended.unattended ? { unattended: true } : {}),
  };
}
