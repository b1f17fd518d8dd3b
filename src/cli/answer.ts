import type { FlyteError } from "../std/errors.ts";

/** What a command returns; printed once, in the form that was asked for. */
export interface Answer {
  /** JSON-compatible; or an async function that makes it when it is costly and only --json, -o json and -o yaml want it. */
  readonly data: unknown;
  /** The same for people; `width` is the terminal's, undefined when stdout is none. Ends with a line end, or is empty. */
  text(width: number | undefined): string;
  /** For people who see the text: what it does not explain by itself, a line on stderr. */
  readonly note?: string;
  /** For -o urn. */
  readonly urns?: readonly string[];
  /** For -o dot: a graph in Graphviz's language. */
  dot?(): string;
  /** Something of it failed: the answer is printed all the same (with --json the error alone), then the error. */
  readonly failure?: FlyteError;
}

/** An answer that has been written already, line by line. */
export const streamed: Answer = { data: undefined, text: () => "" };
