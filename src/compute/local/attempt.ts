import type { FSWatcher } from "node:fs";
import type { ComputeStatus } from "../../ports/compute-backend.ts";
import type { AcceptedSpec, AttemptFiles, EndRecord, StartRecord } from "./attempt-files.ts";
import type { Changes } from "./changes.ts";
import type { Waiting } from "./fair-queue.ts";

/** An attempt in memory. Its files are the truth; this follows them. */
export interface Attempt extends Waiting {
  readonly files: AttemptFiles;
  readonly accepted: AcceptedSpec;
  readonly waitsForOthers: boolean;
  /** Bytes it reserves. */
  readonly memory: number;
  /** QUEUED: no slot yet. ACTIVE: holds a slot, from the first preparation to the end. ENDED: exit.json is there. */
  stage: "QUEUED" | "ACTIVE" | "ENDED";
  /** What an active attempt without a process is doing. */
  doing: string;
  started: StartRecord | undefined;
  ended: EndRecord | undefined;
  watcher: FSWatcher | undefined;
  /** While its start is yet to be told to those who listen. */
  cancelNews: (() => void) | undefined;
  removal: Promise<void> | undefined;
  /** Preparation and launch, while they last. */
  launching: Promise<void> | undefined;
  /** Whether a parent that this process started is still there. */
  parentRuns: boolean;
  /** Of the log, the status, or a file. */
  readonly changes: Changes;
}

/** How an end is told to the world. */
export function endedStatus(ended: EndRecord): ComputeStatus {
  if ("refused" in ended) return { state: "REFUSED", reason: ended.refused, ...(ended.hint === undefined ? {} : { hint: ended.hint }) };
  if ("lost" in ended) return { state: "LOST", reason: ended.lost };
  return {
    state: "EXITED",
    exitCode: ended.exitCode,
    ...(ended.signal === undefined ? {} : { signal: ended.signal }),
    startedAt: ended.startedAt,
    finishedAt: ended.finishedAt,
    use: { cpuSeconds: ended.cpuSeconds, peakMemoryBytes: ended.peakMemoryBytes },
    ...(ended.timedOut ? { timedOut: true } : {}),
  };
}
