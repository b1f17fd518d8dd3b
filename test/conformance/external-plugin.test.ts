import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { pyflyteRegister, workspace } from "../support/conformance-driver.ts";
import { type Endpoints, Home, startTestSandbox } from "../support/test-sandbox.ts";

const repository = path.join(import.meta.dirname, "../..");

interface Seen {
  readonly path: string;
  readonly key: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What the plugin's tasks ask: it keeps every request; those of /slow wait until `release`. */
class Service {
  readonly seen: Seen[] = [];
  readonly #server: Server;
  #release = Promise.withResolvers<void>();

  constructor() {
    this.#server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const inputs = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
      const seen = { path: request.url ?? "", key: String(request.headers["idempotency-key"]), inputs };
      this.seen.push(seen);
      if (seen.path === "/slow") await this.#release.promise;
      const [status, answer] = answerTo(seen, this.of(seen.path).length);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  of(place: string): readonly Seen[] {
    return this.seen.filter((one) => one.path === place);
  }

  release(): void {
    this.#release.resolve();
  }

  close(): void {
    this.#release.resolve();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function answerTo({ path: place, inputs }: Seen, count: number): readonly [number, unknown] {
  switch (place) {
    case "/price": {
      const items = Object.entries(inputs["items"] as Record<string, number>).sort(([one], [two]) => one.localeCompare(two));
      return [200, { total: items.reduce((sum, [, price]) => sum + price, 0), lines: items.map(([name, price]) => `${name} ${price}`) }];
    }
    case "/refuse":
      return [422, { why: "too dear" }];
    case "/untrue":
      return [200, { b: "one" }];
    case "/shaky":
      return count === 1 ? [503, {}] : [200, { b: 2 }];
    default:
      return [200, { b: Number(inputs["a"]) + 1 }];
  }
}

/** The example's package, as its author has it: the packed tarball installed beside its source, and built there by tsc. */
function buildExample(directory: string): void {
  cpSync(path.join(repository, "examples/plugin"), directory, { recursive: true });
  const runRoot = inject("runRoot");
  const tarball = readdirSync(runRoot).find((name) => name.endsWith(".tgz")) ?? "";
  // What it is developed with is there already; the tarball stands for the package of the registry.
  const file = path.join(directory, "package.json");
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), devDependencies: {} }));
  const flags = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...flags, path.join(runRoot, tarball)], { cwd: directory });
  mkdirSync(path.join(directory, "node_modules/@types"), { recursive: true });
  for (const name of ["@types/node", "undici-types", "long", "protobufjs"])
    symlinkSync(path.join(repository, "node_modules", name), path.join(directory, "node_modules", name));
  execFileSync(process.execPath, [path.join(repository, "node_modules/typescript/bin/tsc"), "-p", "."], {
    cwd: directory,
    stdio: "inherit",
  });
}

describe("a task plugin of another package", () => {
  const service = new Service();
  let home: Home;
  let plugin: string;
  let endpoints: Endpoints;
  const urn = (name: string): string => `ex:flytesnacks:development:${name}`;
  const launch = (workflow: string, name: string): Promise<unknown> =>
    home.data("launch", `lp:flytesnacks:development:program.${workflow}:v1`, "--name", name);
  const ended = (name: string) => home.flyte("watch", urn(name));

  beforeAll(async () => {
    home = await Home.make();
    home.env["WEBHOOK_SERVICE"] = await service.listen();
    plugin = path.join(home.directory, "flyte-webhook-plugin");
    buildExample(plugin);
    const programs = path.join(home.directory, "programs");
    cpSync(path.join(workspace, "plugins"), programs, { recursive: true });
    cpSync(path.join(plugin, "webhook_task.py"), path.join(programs, "webhook_task.py"));
    endpoints = await startTestSandbox(home, "--plugin", plugin);
    await pyflyteRegister(home, programs, "program.py");
  });
  afterAll(async () => {
    service.close();
    await home?.[Symbol.asyncDispose]();
  });

  test("runs its tasks between Python's, with inputs and outputs of their types", async () => {
    await launch("buy", "buy");
    expect(await ended("buy")).toMatchObject({ code: 0 });
    expect(await home.data("get", "execution", urn("buy"))).toMatchObject({
      phase: "SUCCEEDED",
      outputs: { o0: "item0 0; item1 1; item2 2; total 3" },
    });
    expect(service.of("/price")).toMatchObject([{ inputs: { items: { item0: 0, item1: 1, item2: 2 } } }]);
  });

  test("its errors are the node's, and its system errors are tried again", async () => {
    await Promise.all([launch("be_refused", "refused"), launch("be_lied_to", "untrue"), launch("be_shaken", "shaky")]);
    for (const name of ["refused", "untrue"]) expect(await ended(name)).toMatchObject({ code: 5 });
    expect(await ended("shaky")).toMatchObject({ code: 0 });
    expect(await home.data("get", "execution", urn("refused"))).toMatchObject({
      error: { code: "WebhookRefused", message: expect.stringContaining('422: {"why":"too dear"}') },
    });
    expect(await home.data("get", "execution", urn("untrue"))).toMatchObject({
      error: { code: "WebhookAnswer", message: expect.stringContaining('output b: "one" is no simple:INTEGER') },
    });
    expect(service.of("/refuse")).toHaveLength(1);
    const [first, second, ...more] = service.of("/shaky");
    expect(more).toEqual([]);
    expect(second?.key).not.toBe(first?.key);
  });

  test("is taken up again after kill -9, by a start that need not name it", async () => {
    await launch("wait", "wait");
    await expect.poll(() => service.of("/slow").length, { timeout: 20_000 }).toBe(1);
    process.kill(endpoints.pid, "SIGKILL");
    await home.data("sandbox", "start");
    await expect.poll(() => service.of("/slow").length, { timeout: 20_000 }).toBe(2);
    service.release();
    expect(await ended("wait")).toMatchObject({ code: 0 });
    const [first, second] = service.of("/slow");
    expect(second?.key).toBe(first?.key);
    expect(await home.data("get", "execution", urn("wait"))).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 2 } });
  });

  test.each([
    ["absent", undefined, "PLUGIN_MODULE_MISSING", "there is no task plugin module ./absent"],
    ["throws", 'throw new Error("no licence");', "PLUGIN_UNUSABLE", "cannot be used: no licence"],
    ["empty", "export const pluginApi = 1;", "PLUGIN_UNUSABLE", "it exports no function createTaskPlugins"],
    ["later", "export const pluginApi = 2; export const createTaskPlugins = () => [];", "PLUGIN_API_OTHER", "version 2 of the plugin API"],
    ["thing", "export const pluginApi = 1; export const createTaskPlugins = () => ({});", "PLUGIN_UNUSABLE", "returned no list"],
    [
      "greedy",
      'const call = async () => {}; export const pluginApi = 1; export const createTaskPlugins = () => [{ id: "greedy", taskTypes: ["python-task"], handle: call, abort: call, finalize: call }];',
      "PLUGIN_CONFLICT",
      "task type python-task is claimed by container and greedy",
    ],
  ])("a start with the module %s says why it cannot be used, and starts nothing", async (name, source, code, message) => {
    const directory = path.join(home.directory, "broken");
    mkdirSync(directory, { recursive: true });
    if (source !== undefined) writeFileSync(path.join(directory, name), source);
    const ran = await home.run("flyte", ["sandbox", "start", "--name", "broken", "--plugin", `./${name}`, "--json"], { cwd: directory });
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(message) } });
    expect(ran.code).not.toBe(0);
    expect(await home.flyte("sandbox", "status", "--name", "broken")).toMatchObject({ code: 2 });
  });

  test("without it, its tasks say that nobody runs them", async () => {
    await home.flyte("sandbox", "stop");
    await home.data("sandbox", "start", "--plugin", "none");
    await launch("be_refused", "nobody");
    expect(await ended("nobody")).toMatchObject({ code: 5 });
    expect(await home.data("get", "execution", urn("nobody"))).toMatchObject({
      error: { code: "BadTaskSpecification", message: expect.stringContaining("the task has no container") },
    });
  });
});
