import type { AcceptedSpec, AttemptFiles } from "../machinery/attempt-files.ts";

export interface LocalSpec extends AcceptedSpec {
  /** In the environment of all the attempt starts, so that they are found. */
  readonly marker: string;
  /** The attempt's TMPDIR: outside of its directory, because paths of sockets must be short. */
  readonly scratch: string;
}

/** started.json: who runs it. Linked by the attempt's parent process before the task begins. */
export interface StartRecord {
  readonly shim: number;
  readonly identity: string;
  /** The task's main process, whose number is that of its session and group, and the clock tick of its start. */
  readonly leader: number;
  readonly leaderTick: number;
  /** The tick of the parent's start. */
  readonly since: number;
  readonly startedAt: number;
}

export type LocalAttemptFiles = AttemptFiles<LocalSpec, StartRecord>;
