/** A piece of one log, in order; or, for a log that cannot be read here, where it lies or why. */
export interface LogPiece {
  /** Of the task execution. */
  readonly urn: string;
  readonly name: string;
  readonly uri: string;
  /** Undefined when the log is not served by the deployment itself, or not any more. */
  readonly bytes: Uint8Array | undefined;
  /** Why it is not there any more. */
  readonly gone?: string;
}
