/** A binding that cannot be resolved: the node fails for good. `code` is Flyte's, in the message that people see. */
export class ResolveError extends Error {
  readonly code: "OutputsNotFoundError" | "PromiseAttributeResolveError" | "InvalidBinding";

  constructor(code: ResolveError["code"], message: string) {
    super(message);
    this.name = "ResolveError";
    this.code = code;
  }
}
