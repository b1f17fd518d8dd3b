import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Pod } from "../../../src/ports/kubernetes-objects.ts";

type Answer = (response: ServerResponse, url: URL) => void;

/** As much of an API server as logs of pods need: pods listed and watched, and logs as kubelet would give them. */
export class PodLogServer implements AsyncDisposable {
  readonly pods = new Map<string, Pod>();
  /** By `<namespace>/<pod>`; of others nothing is known. */
  readonly logs = new Map<string, Answer>();
  /** Queries of logs, as `<namespace>/<pod>?container=c`. */
  readonly asked: string[] = [];
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #watches = new Set<ServerResponse>();
  #version = 1;

  static async start(): Promise<PodLogServer> {
    const made = new PodLogServer();
    await new Promise<void>((resolve) => made.#server.listen(0, "127.0.0.1", resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Watches that are open now. */
  get watches(): number {
    return this.#watches.size;
  }

  /** A pod becomes this; those who watch are told. */
  put(pod: Pod): void {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const type = this.pods.has(key) ? "MODIFIED" : "ADDED";
    const object = { ...pod, metadata: { ...pod.metadata, resourceVersion: String(++this.#version) } };
    this.pods.set(key, object);
    this.#tell(type, object);
  }

  delete(key: string): void {
    const pod = this.pods.get(key);
    this.pods.delete(key);
    if (pod) this.#tell("DELETED", { ...pod, metadata: { ...pod.metadata, resourceVersion: String(++this.#version) } });
  }

  #tell(type: string, object: Pod): void {
    for (const watch of this.#watches) watch.write(`${JSON.stringify({ type, object })}\n`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.url);
    const [, namespace = "", name = "", log] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)(\/log)?$/.exec(url.pathname) ?? [];
    const key = `${namespace}/${name}`;
    if (log !== undefined) {
      this.asked.push(`${key}${url.search}`);
      const logs = this.logs.get(key) ?? ((unknown) => refused(unknown, 404, "NotFound", `pods "${name}" not found`));
      return logs(response, url);
    }
    if (name !== "") {
      const pod = this.pods.get(key);
      return pod ? void response.end(JSON.stringify(pod)) : refused(response, 404, "NotFound", `pods "${name}" not found`);
    }
    if (url.searchParams.get("watch") !== "true") {
      const items = url.pathname === "/api/v1/pods" ? [...this.pods.values()] : [];
      return void response.end(JSON.stringify({ metadata: { resourceVersion: String(this.#version) }, items }));
    }
    response.flushHeaders();
    if (url.pathname !== "/api/v1/pods") return;
    this.#watches.add(response);
    response.on("close", () => this.#watches.delete(response));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A refusal as the API server's. */
export function refused(response: ServerResponse, code: number, reason: string, message: string): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", reason, message, code }));
}
