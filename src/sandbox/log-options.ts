/** What of an engine's log is told. */
export interface LogOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Asked whenever all is told: whether nothing more will come. */
  readonly isOver?: () => boolean;
}
