import type { Duplex } from "node:stream";

/** One end of a socket to a warm interpreter: messages go, lines of JSON come. */
export class WarmChannel {
  readonly #socket: Duplex;
  #text = "";

  /** `closed` is called once, after the last line, when the other end is gone. */
  constructor(socket: Duplex, line: (answer: Readonly<Record<string, unknown>>) => void, closed: () => void) {
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      const lines = (this.#text + text).split("\n");
      this.#text = lines.pop() ?? "";
      for (const one of lines) line(JSON.parse(one) as Record<string, unknown>);
    });
    socket.on("error", () => {});
    socket.once("close", closed);
  }

  /** Two lengths of four bytes, the head, the body. */
  send(head: object, body: object | undefined): void {
    const first = Buffer.from(JSON.stringify(head));
    const second = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
    const sizes = Buffer.alloc(8);
    sizes.writeUInt32BE(first.length, 0);
    sizes.writeUInt32BE(second.length, 4);
    this.#socket.write(Buffer.concat([sizes, first, second]));
  }

  /** Forgets half a line: whoever wrote it has ended. */
  reset(): void {
    this.#text = "";
  }

  close(): void {
    this.#socket.destroy();
  }
}
