import { connect, createServer, type Socket } from "node:net";

/** Passes bytes on to a port, until it is told to cut the wires. */
export class CutProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets: Set<Socket>;
  /** Connections made so far. */
  connections = 0;
  #open = true;

  private constructor(server: ReturnType<typeof createServer>, sockets: Set<Socket>, port: number) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = port;
  }

  static async to(target: number): Promise<CutProxy> {
    const sockets = new Set<Socket>();
    let proxy: CutProxy | undefined;
    const server = createServer((near) => {
      if (!proxy?.pass()) {
        near.destroy();
        return;
      }
      const far = connect(target, "127.0.0.1");
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    proxy = new CutProxy(server, sockets, address.port);
    return proxy;
  }

  pass(): boolean {
    if (this.#open) this.connections++;
    return this.#open;
  }

  /** Breaks every connection; with `keep`, also those to come, until `mend`. */
  cut(keep = false): void {
    this.#open = !keep;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#open = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut(true);
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
