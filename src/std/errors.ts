/** Who can mend an error; it decides the exit code of the command line. */
export type Blame = "usage" | "environment" | "deployment" | "execution" | "bug";

export interface FlyteErrorFields {
  /** Stable, SCREAMING_SNAKE; documented in docs/errors.md. */
  readonly code: string;
  readonly blame: Blame;
  /** What happened, and why where it is known. */
  readonly message: string;
  /** What to type or change next. */
  readonly hint: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error a person is meant to read: what, why, and what to do next. */
export class FlyteError extends Error {
  readonly code: string;
  readonly blame: Blame;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(fields: FlyteErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = "FlyteError";
    this.code = fields.code;
    this.blame = fields.blame;
    this.hint = fields.hint;
    this.details = fields.details ?? {};
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
