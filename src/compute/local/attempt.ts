import type { FSWatcher } from "node:fs";
import type { EndRecord } from "../machinery/attempt-files.ts";
import type { LocalAttemptFiles, LocalSpec, StartRecord } from "./local-attempt-files.ts";
import type { Changes } from "../machinery/changes.ts";
import type { Waiting } from "../machinery/fair-queue.ts";

/** An attempt in memory. Its files are the truth; this follows them. */
export interface Attempt extends Waiting {
  readonly files: LocalAttemptFiles;
  readonly accepted: LocalSpec;
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
