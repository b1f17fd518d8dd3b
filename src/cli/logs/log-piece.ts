/** A piece of one log, in order; or, for a log that lies elsewhere, only its address. */
export interface LogPiece {
  /** Of the task execution. */
  readonly urn: string;
  readonly name: string;
  readonly uri: string;
  /** Undefined when the log is not served by the deployment itself. */
  readonly bytes: Uint8Array | undefined;
}
