import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";

interface Line {
  readonly stream?: string;
  readonly error?: string;
}

/**
 * Reads what the Docker engine tells while it pulls, builds or imports, to its end. An error comes as a line too, since the
 * answer began well long before: it is thrown, with what was said before.
 */
export async function readProgress(stream: NodeJS.ReadableStream): Promise<void> {
  const output: string[] = [];
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (text.trim() === "") continue;
    const line = JSON.parse(text) as Line;
    if (line.error !== undefined) throw new ProgressError(line.error, output);
    const said = line.stream && stripVTControlCharacters(line.stream).trim();
    if (said) output.push(said);
  }
}

/** The Docker engine gave up; `output` is what it had said. */
export class ProgressError extends Error {
  readonly output: readonly string[];

  constructor(message: string, output: readonly string[]) {
    super(message);
    this.name = "ProgressError";
    this.output = output;
  }
}
