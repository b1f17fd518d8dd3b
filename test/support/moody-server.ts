import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "node:https";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { TestApiServer } from "./api-server.ts";

/** What an API server answers instead of what was asked for. */
interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
}

/** A front of a real API server, by plain HTTP, that answers some requests by itself. */
export class MoodyServer implements AsyncDisposable {
  readonly url: string;
  /** Answers in the server's place; undefined lets the request through. */
  mood: (method: string, url: URL) => Refusal | undefined = () => undefined;
  /** How many requests were refused so far. */
  refused = 0;
  readonly #server: ReturnType<typeof createServer>;
  readonly #target: TestApiServer;

  private constructor(server: ReturnType<typeof createServer>, target: TestApiServer) {
    this.#server = server;
    this.#target = target;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (asked: IncomingMessage, answer: ServerResponse) => this.#answer(asked, answer));
  }

  static async before(target: TestApiServer): Promise<MoodyServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new MoodyServer(server, target);
  }

  #answer(asked: IncomingMessage, answer: ServerResponse): void {
    const refusal = this.mood(asked.method ?? "", new URL(asked.url ?? "/", this.url));
    if (refusal) {
      this.refused++;
      asked.resume();
      answer.writeHead(refusal.status, { "content-type": "application/json", ...(refusal.status === 429 && { "retry-after": "1" }) });
      const { status: code, reason, message } = refusal;
      answer.end(JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", reason, message, code }));
      return;
    }
    const ca = readFileSync(path.join(this.#target.directory, "certs", "apiserver.crt"));
    const { method = "GET", url: at = "/", headers } = asked;
    const passed = request({ host: "127.0.0.1", port: this.#target.port, method, path: at, headers, ca }, (came) => {
      answer.writeHead(came.statusCode ?? 502, came.headers);
      answer.flushHeaders();
      came.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
