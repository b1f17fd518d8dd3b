import { close, read } from "node:fs";
import { promisify } from "node:util";

const readAt = promisify(read);
const closeFile = promisify(close);
const pieceSize = 256 * 1024;

/** The bytes of an open file from `first` up to `end` (not included), read as they are asked for. Owns the descriptor: closes it at the end, on `return` and on errors. */
export class FileBody implements AsyncIterableIterator<Uint8Array> {
  readonly #file: number;
  #at: number;
  readonly #end: number;
  #open = true;

  constructor(file: number, first: number, end: number) {
    this.#file = file;
    this.#at = first;
    this.#end = end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#open || this.#at >= this.#end) return this.return();
    try {
      const piece = Buffer.allocUnsafe(Math.min(pieceSize, this.#end - this.#at));
      const { bytesRead } = await readAt(this.#file, piece, 0, piece.length, this.#at);
      if (bytesRead === 0) throw new Error("the file became shorter while it was read");
      this.#at += bytesRead;
      return { done: false, value: piece.subarray(0, bytesRead) };
    } catch (thrown) {
      await this.return();
      throw thrown;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    if (this.#open) {
      this.#open = false;
      await closeFile(this.#file);
    }
    return { done: true, value: undefined };
  }
}
