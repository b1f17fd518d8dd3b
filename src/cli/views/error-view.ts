import type { ExecutionError } from "../../idl/types.ts";
import { flyteidl } from "../../idl/flyteidl.ts";

export interface ErrorView {
  readonly code: string;
  readonly kind: string;
  readonly message: string;
}

/** Why something failed, null when it has not. */
export function errorView(error: ExecutionError | null | undefined): ErrorView | null {
  if (error == null) return null;
  const kinds = flyteidl.core.ExecutionError.ErrorKind as unknown as Record<number, string>;
  return { code: error.code ?? "", kind: kinds[error.kind ?? 0] ?? "UNKNOWN", message: error.message ?? "" };
}

/**
 * The line of an error's message that says most: the first of what flytekit calls the message, else the last of a traceback, or of
 * what a container has said, after which a line with a full stop alone comes.
 */
export function errorHeadline({ message }: ErrorView): string {
  const brief = briefMessage(message);
  const lines = brief.split("\n").filter((line) => /\w/.test(line));
  return (brief === message ? lines.at(-1) : lines[0])?.trim() ?? "";
}

/** What flytekit puts under "Message:" after a traceback, without its indentation; any other message as it is. */
export function briefMessage(message: string): string {
  const brief = /(?:^|\n)Message:\s*\n([\s\S]+)$/.exec(message)?.[1];
  return brief === undefined ? message : brief.replace(/^[ \t]+/gm, "").trim();
}
