import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { rm } from "node:fs/promises";

export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly options: {
    readonly Image: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Env: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly HostConfig: Readonly<Record<string, unknown>>;
  };
  status: "created" | "running" | "exited";
  exitCode: number;
  outOfMemory: boolean;
  starts: number;
  startedAt: string;
  finishedAt: string;
  log: string;
  /** What was put into it. */
  readonly archives: Buffer[];
}

/** What happens to a request instead of its answer. `cut` closes the connection, `done, then cut` after it has had its effect. */
export type Fault = { readonly status: number; readonly message: string } | "cut" | "done, then cut";

const never = "0001-01-01T00:00:00Z";

/** As much of a Docker engine as the Docker backend asks, on a Unix socket; nothing in it moves unless told to. */
export class FakeDocker implements AsyncDisposable {
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Map<string, { readonly Id: string; readonly Os: string; readonly Architecture: string }>();
  /** `POST /containers/create`, … in the order they came, without the numbers. */
  readonly requests: string[] = [];
  /** Asked of every request, by `METHOD /path`. */
  fault: (request: string) => Fault | undefined = () => undefined;
  /** The lines of a pull, until they are used up; then the image is there. */
  pull: (image: string) => AsyncIterable<object> = async function* () {};
  /** An archive of a path of any container; undefined when there is no such path. */
  outputs: (path: string) => Buffer | undefined = () => undefined;
  readonly #socket: string;
  readonly #events = new Set<ServerResponse>();
  readonly #followers = new Map<string, Set<ServerResponse>>();
  readonly #open = new Set<ServerResponse>();
  #server: Server | undefined;
  #count = 0;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  static async listen(socket: string): Promise<FakeDocker> {
    const fake = new FakeDocker(socket);
    await fake.start();
    return fake;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.#open.add(response);
      response.once("close", () => this.#open.delete(response));
      void this.#handle(request, response).catch((error: unknown) => {
        if (!response.headersSent) answer(response, 500, { message: String(error) });
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#socket, resolve));
  }

  /** The engine goes away: connections break, the socket is gone; containers stay as they are. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    await rm(this.#socket, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  hasImage(image: string, architecture = "amd64"): void {
    this.images.set(image, { Id: `sha256:${image}`, Os: "linux", Architecture: architecture });
  }

  breakEvents(): void {
    for (const stream of this.#events) stream.destroy();
  }

  /** How many follow the events. */
  get listeners(): number {
    return this.#events.size;
  }

  of(attempt: string): FakeContainer | undefined {
    return [...this.containers.values()].find(({ options }) => options.Labels["flyte.dev/attempt"] === attempt);
  }

  finish(attempt: string, exitCode: number, more: { readonly log?: string; readonly outOfMemory?: boolean } = {}): void {
    const container = this.of(attempt);
    if (!container) throw new Error(`no container of ${attempt}`);
    container.log += more.log ?? "";
    this.#end(container, exitCode, more.outOfMemory ?? false);
  }

  /** A container that no attempt of this backend's made. */
  place(name: string, labels: Readonly<Record<string, string>>, status: FakeContainer["status"]): FakeContainer {
    const container: FakeContainer = {
      id: `c${++this.#count}`,
      name,
      options: { Image: "i", Labels: labels, Env: [], HostConfig: {} },
      status,
      exitCode: 0,
      outOfMemory: false,
      starts: status === "created" ? 0 : 1,
      startedAt: status === "created" ? never : new Date().toISOString(),
      finishedAt: never,
      log: "",
      archives: [],
    };
    this.containers.set(container.id, container);
    return container;
  }

  /** Somebody takes it away. */
  takeAway(attempt: string): void {
    const container = this.of(attempt);
    if (container) this.#remove(container);
  }

  #end(container: FakeContainer, exitCode: number, outOfMemory: boolean): void {
    Object.assign(container, { status: "exited", exitCode, outOfMemory, finishedAt: new Date().toISOString() });
    for (const follower of this.#followers.get(container.id) ?? []) follower.end(frame(container.log));
    this.#followers.delete(container.id);
    this.#tell("die", container);
  }

  #remove(container: FakeContainer): void {
    this.containers.delete(container.id);
    this.#tell("destroy", container);
  }

  #tell(action: string, { id, options }: FakeContainer): void {
    const event = { Type: "container", Action: action, time: Math.floor(Date.now() / 1000), Actor: { ID: id, Attributes: options.Labels } };
    for (const stream of this.#events) stream.write(`${JSON.stringify(event)}\n`);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://docker");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = `${request.method} ${decodeURIComponent(url.pathname).replace(/\/containers\/c\d+/, "/containers/ID")}`;
    this.requests.push(asked);
    const fault = this.fault(asked);
    if (fault === "cut") return void response.destroy();
    if (typeof fault === "object") return answer(response, fault.status, { message: fault.message });
    if (fault === "done, then cut") {
      const effect = { writeHead: () => effect, end: () => response.destroy(), write: () => true, flushHeaders: () => {} };
      return this.#answer(request, url, Buffer.concat(chunks), effect as unknown as ServerResponse);
    }
    return this.#answer(request, url, Buffer.concat(chunks), response);
  }

  async #answer({ method }: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(url.pathname);
    if (path === "/version") return answer(response, 200, { Version: "99.0", Os: "linux", Arch: "amd64" });
    if (path === "/info") return answer(response, 200, { NCPU: 4, SystemTime: new Date().toISOString() });
    if (path === "/events") {
      this.#events.add(response);
      response.once("close", () => this.#events.delete(response));
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      return;
    }
    if (path === "/images/create") {
      const [image, tag] = [url.searchParams.get("fromImage") ?? "", url.searchParams.get("tag") ?? ""];
      response.writeHead(200);
      for await (const line of this.pull(`${image}:${tag}`)) {
        if (response.destroyed) return;
        response.write(`${JSON.stringify(line)}\n`);
        if ("error" in line) return void response.end();
      }
      this.hasImage(`${image}:${tag}`);
      return void response.end();
    }
    const image = /^\/images\/(.+)\/json$/.exec(path)?.[1];
    if (image !== undefined) {
      const found = this.images.get(image) ?? this.images.get(`${image}:latest`);
      return found ? answer(response, 200, found) : answer(response, 404, { message: `No such image: ${image}` });
    }
    if (path === "/containers/json") return answer(response, 200, this.#listed(url));
    if (path === "/containers/create") return this.#create(url, body, response);
    const [, id = "", action = ""] = /^\/containers\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const container = this.containers.get(id) ?? [...this.containers.values()].find(({ name }) => name === id);
    if (!container) return answer(response, 404, { message: `No such container: ${id}` });
    if (method === "DELETE") {
      this.#remove(container);
      return answer(response, 204);
    }
    switch (action) {
      case "archive": {
        if (method !== "GET") {
          container.archives.push(body);
          return answer(response, 200);
        }
        const archive = this.outputs(url.searchParams.get("path") ?? "");
        if (!archive) return answer(response, 404, { message: "Could not find the file" });
        response.writeHead(200);
        return void response.end(archive);
      }
      case "json":
        return answer(response, 200, inspected(container));
      case "start":
        if (container.status === "running") return answer(response, 304);
        container.starts++;
        Object.assign(container, { status: "running", startedAt: new Date().toISOString() });
        this.#tell("start", container);
        return answer(response, 204);
      case "stop":
        if (container.status !== "running") return answer(response, 304);
        this.#end(container, 143, false);
        return answer(response, 204);
      case "logs": {
        response.writeHead(200);
        if (container.status === "exited" || url.searchParams.get("follow") !== "true") return void response.end(frame(container.log));
        const followers = this.#followers.get(container.id) ?? new Set();
        this.#followers.set(container.id, followers.add(response));
        response.flushHeaders();
        return;
      }
      default:
        return answer(response, 501, { message: path });
    }
  }

  #listed(url: URL): object[] {
    const { label = [] } = JSON.parse(url.searchParams.get("filters") ?? "{}") as { readonly label?: readonly string[] };
    return [...this.containers.values()]
      .filter(({ options }) => label.every((one) => options.Labels[one.slice(0, one.indexOf("="))] === one.slice(one.indexOf("=") + 1)))
      .map(({ id, options, status }) => ({ Id: id, Labels: options.Labels, State: status }));
  }

  #create(url: URL, body: Buffer, response: ServerResponse): void {
    const name = url.searchParams.get("name") ?? "";
    if ([...this.containers.values()].some((one) => one.name === name)) {
      return answer(response, 409, { message: `Conflict. The container name "/${name}" is already in use` });
    }
    const options = JSON.parse(body.toString()) as FakeContainer["options"];
    if (!this.images.has(options.Image) && !this.images.has(`${options.Image}:latest`))
      return answer(response, 404, { message: `No such image: ${options.Image}` });
    const { id } = this.place(name, options.Labels, "created");
    this.containers.set(id, { ...(this.containers.get(id) as FakeContainer), options });
    answer(response, 201, { Id: id });
  }
}

function inspected({ id, options, status, exitCode, outOfMemory, startedAt, finishedAt }: FakeContainer): object {
  const state = { Status: status, ExitCode: exitCode, OOMKilled: outOfMemory, StartedAt: startedAt, FinishedAt: finishedAt };
  return { Id: id, Config: { Labels: options.Labels }, State: state };
}

function frame(text: string): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(content.length, 4);
  return content.length === 0 ? content : Buffer.concat([header, content]);
}

function answer(response: ServerResponse, status: number, content?: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(content === undefined ? undefined : JSON.stringify(content));
}
