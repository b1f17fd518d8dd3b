import type { StatusError } from "../idl/status.ts";

/** What a deployment refused, with a hint that fits it better than that of its status. */
export class HintedRefusal extends Error {
  readonly refusal: StatusError;
  readonly hint: string;

  constructor(refusal: StatusError, hint: string) {
    super(refusal.message, { cause: refusal });
    this.name = "HintedRefusal";
    this.refusal = refusal;
    this.hint = hint;
  }
}
