import type { WriteStream } from "node:tty";
import { logHeading } from "./log-heading.ts";
import type { LogPiece } from "./log-piece.ts";
import { TerminalText } from "./terminal-text.ts";

const lineEnd = 0x0a;

/**
 * Writes logs into one stream that can be read as it is: with `headings` each begins with a line `==> n0 my.task, attempt 0 <==`,
 * as `tail` writes it for several files, after an empty line where another one came before. The bytes are those of the log
 * but on a terminal, where only colours are let through.
 */
export class LogWriter {
  readonly #stream: Pick<WriteStream, "write" | "isTTY">;
  readonly #headings: boolean;
  readonly #texts = new Map<string, TerminalText>();
  #current = "";
  #lineIsOpen = false;

  constructor(stream: Pick<WriteStream, "write" | "isTTY">, headings: boolean) {
    this.#stream = stream;
    this.#headings = headings;
  }

  /** `several`: its attempt has more than one log. */
  write(piece: LogPiece, several: boolean): void {
    if (piece.uri !== this.#current) this.#begin(piece, several);
    if (piece.bytes === undefined || piece.bytes.length === 0) return;
    const begins = !this.#texts.has(piece.uri);
    const text = this.#texts.get(piece.uri) ?? new TerminalText();
    this.#texts.set(piece.uri, text);
    // flytekit's first line is empty; under a heading it would look like the end.
    const bytes = begins && this.#headings && piece.bytes[0] === lineEnd ? piece.bytes.subarray(1) : piece.bytes;
    this.#stream.write(this.#stream.isTTY ? text.take(bytes) : bytes);
    this.#lineIsOpen = piece.bytes.at(-1) !== lineEnd;
  }

  /** After the last piece: what is written next, or the prompt, begins a line. */
  end(): void {
    if (this.#lineIsOpen && (this.#headings || this.#stream.isTTY)) this.#stream.write("\n");
    this.#lineIsOpen = false;
  }

  #begin(piece: LogPiece, several: boolean): void {
    const before = this.#current === "" ? "" : this.#lineIsOpen ? "\n\n" : "\n";
    const elsewhere = piece.bytes === undefined ? `${piece.gone ?? `lies at ${piece.uri}`}\n` : "";
    if (this.#headings || elsewhere) this.#stream.write(`${before}==> ${logHeading(piece, several)} <==\n${elsewhere}`);
    this.#current = piece.uri;
    this.#lineIsOpen = false;
  }
}
