import type { AcceptedSpec, AttemptFiles, EndRecord } from "../machinery/attempt-files.ts";
import type { Changes } from "../machinery/changes.ts";
import type { Waiting } from "../machinery/fair-queue.ts";

/** started.json: written before the container is started, so that one that somebody took away is not run again. */
export interface StartedContainer {
  readonly container: string;
}

export type DockerAttemptFiles = AttemptFiles<AcceptedSpec, StartedContainer>;

/** An attempt in memory. Its files and its container are the truth; this follows them. */
export interface DockerAttempt extends Waiting {
  readonly files: DockerAttemptFiles;
  readonly accepted: AcceptedSpec;
  readonly waitsForOthers: boolean;
  /** Bytes it reserves. */
  readonly memory: number;
  /** FETCHING: its image is not there yet. QUEUED: no slot yet. ACTIVE: holds a slot, from the making of its container to the end. ENDED: exit.json is there. */
  stage: "FETCHING" | "QUEUED" | "ACTIVE" | "ENDED";
  /** What it waits for, when that is no slot. */
  doing: string;
  initializing: boolean;
  /** Its id, once it is there. */
  container: string | undefined;
  /** Epoch milliseconds, by the engine. */
  startedAt: number | undefined;
  ended: EndRecord | undefined;
  /** Looks at its container, one after the other. */
  looking: Promise<void>;
  launching: Promise<void> | undefined;
  removal: Promise<void> | undefined;
  /** Its container was ended because its time was up. */
  wasTimedOut: boolean;
  /** The engine went away while its container was there. */
  sawEngineGo: boolean;
  /** Nobody was there when it ended. */
  unattended: boolean;
  /** Failed launches that may have been bad luck. */
  failures: number;
  cancelTimeout: (() => void) | undefined;
  cancelRetry: (() => void) | undefined;
  /** Aborted when nobody wants it any longer. */
  readonly unwanted: AbortController;
  /** Of the status or the log. */
  readonly changes: Changes;
}
