/**
 * Takes the text of logs for a terminal, piece by piece: colours stay, any other escape sequence and control character goes,
 * for it could move the cursor, rewrite what stands there, or answer for the person. A sequence may begin in one piece and end
 * in the next.
 */
export class TerminalText {
  readonly #decoder = new TextDecoder();
  #held = "";

  /** What of `bytes`, and of what was held back before, may be written. */
  take(bytes: Uint8Array): string {
    const text = this.#held + this.#decoder.decode(bytes, { stream: true });
    // An escape sequence that is not over yet; no real one is long.
    const open = unfinished.exec(text.slice(-longest))?.[0] ?? "";
    this.#held = open;
    return text.slice(0, text.length - open.length).replace(sequences, (sequence) => (colour.test(sequence) ? sequence : ""));
  }
}

const longest = 4096;
// oxlint-disable-next-line no-control-regex
const unfinished = /\u001b(?:\[[0-?]*[ -/]*|[\]PX^_][^\u0007\u001b]*\u001b?)?$/;
// Operating system commands and the like with their ends, control sequences, other escapes, and single control characters.
const sequences =
  // oxlint-disable-next-line no-control-regex
  /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b\[[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
// oxlint-disable-next-line no-control-regex
const colour = /^\u001b\[[\d;:]*m$/;
