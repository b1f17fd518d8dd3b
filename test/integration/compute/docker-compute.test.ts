import Docker from "dockerode";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { extract, pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DockerBackend, type DockerComputeOptions, openDockerCompute } from "../../../src/compute/docker/open-docker-compute.ts";
import type { ComputeSpec } from "../../../src/ports/compute-backend.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { logText, reaches, shellSpec } from "../../contract/compute-backend-contract.ts";
import { FakeDocker } from "../../support/fake-docker.ts";

let directory: string;
let engine: FakeDocker;
let backend: DockerBackend;
const image = "local/tasks:1";
const spec = (name: string, more: Partial<ComputeSpec> = {}): ComputeSpec => shellSpec(name, "true", { image, ...more });

function open(options: Partial<DockerComputeOptions> = {}): Promise<DockerBackend> {
  return openDockerCompute({
    docker: new Docker({ socketPath: path.join(directory, "docker.sock") }),
    owner: { sandbox: "s", dataDirectory: directory },
    directory,
    slots: 2,
    clock: systemClock,
    graceSeconds: 1,
    imagePullGrace: 300,
    logger: { warn: () => {} },
    ...options,
  });
}

const ownLabels = (attempt: string): Record<string, string> => ({
  "app.kubernetes.io/managed-by": "flyte",
  "flyte.dev/sandbox": "s",
  "flyte.dev/data-directory": directory,
  "flyte.dev/attempt": attempt,
});

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "fake-docker-"));
  engine = await FakeDocker.listen(path.join(directory, "docker.sock"));
  engine.hasImage(image);
  backend = await open();
});
afterEach(async () => {
  await backend.close();
  await engine[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Resolves when an attempt waits for something that its reason tells. */
function waitsFor(name: string, reason: RegExp): Promise<void> {
  return until(async () => {
    const status = await backend.status(name);
    return status?.state === "WAITING" && reason.test(status.reason);
  });
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 500) throw new Error(`it never came to that; requests: ${engine.requests.slice(-20).join(", ")}`);
    await sleep(20);
  }
}

test("an image that is not there is pulled once for all who want it, and its progress is told", async () => {
  const told: string[] = [];
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  engine.pull = async function* () {
    yield { status: "Downloading", id: "a", progressDetail: { current: 50 << 20, total: 200 << 20 } };
    await gate;
  };
  backend.subscribe(async (name) => {
    const status = await backend.status(name);
    if (status?.state === "WAITING" && status.initializing) told.push(status.reason);
  });
  for (const name of ["a1", "a2", "a3"]) await backend.create(spec(name, { image: "registry.example/big" }));
  await until(() => told.includes('pulling image "registry.example/big": 50Mi of 200Mi'));
  open();
  await reaches(backend, "a1", "RUNNING");
  await reaches(backend, "a2", "RUNNING");
  expect(engine.requests.filter((request) => request === "POST /images/create")).toHaveLength(1);
  // A third waits for a slot, and does not fall back to a phase before.
  expect(await backend.status("a3")).toEqual({
    state: "WAITING",
    reason: "waiting for a free slot (2 of 2 in use)",
    initializing: true,
  });
});

test("a pull that nobody wants any longer is given up", async () => {
  let pulled = false;
  engine.pull = async function* () {
    yield { status: "Pulling" };
    await sleep(60_000, undefined, { ref: false });
    pulled = true;
  };
  await backend.create(spec("a1", { image: "registry.example/big" }));
  await waitsFor("a1", /^pulling image/);
  await backend.remove("a1");
  expect(await backend.status("a1")).toBeUndefined();
  expect(pulled).toBe(false);
});

test("an image that cannot be pulled is tried again for a while, then fails as a pod's does, retryably", async () => {
  engine.pull = async function* () {
    yield { error: "manifest for registry.example/none:1 not found: manifest unknown" };
  };
  await backend.create(spec("a1", { image: "registry.example/none:1" }));
  await waitsFor("a1", /^\[ContainersNotReady\|ImagePullBackOff\]: Back-off pulling image "registry.example\/none:1"/);
  expect(await reaches(backend, "a1", "REFUSED")).toEqual({
    state: "REFUSED",
    code: "ContainersNotReady|ImagePullBackOff",
    retryable: true,
    reason:
      'Grace period [300ms] exceeded|Back-off pulling image "registry.example/none:1": ErrImagePull: manifest for registry.example/none:1 not found: manifest unknown',
    hint: "see that this works: docker pull registry.example/none:1",
  });
  expect(engine.requests.filter((request) => request === "POST /images/create")).toHaveLength(2);
});

test("an image that is not made for the engine's architecture is refused at once, by name", async () => {
  engine.pull = async function* () {
    yield { error: "no matching manifest for linux/amd64 in the manifest list entries" };
  };
  await backend.create(spec("a1", { image: "registry.example/arm:1" }));
  expect(await reaches(backend, "a1", "REFUSED")).toMatchObject({
    reason: expect.stringContaining('image "registry.example/arm:1" is not made for linux/amd64'),
    hint: expect.stringContaining("--platform linux/amd64"),
  });
});

test.each([
  ["at the start", { status: 400, message: 'OCI runtime create failed: exec: "sh": exec format error: unknown' }, ""],
  ["by the first process", undefined, "[FATAL tini (7)] exec sh failed: Exec format error\n"],
] as const)("an image of another architecture that is there already is named: %s", async (_title, fault, log) => {
  engine.hasImage("local/arm:1", "arm64");
  engine.fault = (request) => (request.endsWith("/start") ? fault : undefined);
  await backend.create(spec("a1", { image: "local/arm:1" }));
  if (!fault) {
    await reaches(backend, "a1", "RUNNING");
    engine.finish("a1", 126, { log });
  }
  expect(await reaches(backend, "a1", "REFUSED")).toMatchObject({
    reason: expect.stringContaining('image "local/arm:1" is for linux/arm64, and this Docker engine runs linux/amd64'),
  });
  await until(() => engine.containers.size === 0);
});

test("a full disk of the engine is named, and waited for", async () => {
  engine.fault = (request) =>
    request === "POST /containers/create" ? { status: 500, message: "mkdir /var/lib/docker/overlay2: no space left on device" } : undefined;
  await backend.create(spec("a1"));
  await waitsFor("a1", /^the Docker engine's disk is full \(make room with: docker system prune\): .*no space left on device$/);
  engine.fault = () => undefined;
  await reaches(backend, "a1", "RUNNING");
  expect(engine.of("a1")?.starts).toBe(1);
});

test("a full disk during a pull does not use up the image's grace", async () => {
  let full = true;
  engine.pull = async function* () {
    if (full) yield { error: "failed to register layer: write /usr/lib/x: no space left on device" };
  };
  await backend.close();
  backend = await open({ imagePullGrace: 1 });
  await backend.create(spec("a1", { image: "registry.example/big:1" }));
  await waitsFor("a1", /^the Docker engine's disk is full/);
  await sleep(100);
  expect((await backend.status("a1"))?.state).toBe("WAITING");
  full = false;
  engine.breakEvents();
  await reaches(backend, "a1", "RUNNING");
});

test("what ended while the stream of events was broken is found by looking once; nothing polls", async () => {
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  await until(() => engine.listeners === 1);
  const ended = reaches(backend, "a1", "EXITED");
  await sleep(100);
  engine.requests.length = 0;
  await sleep(600);
  expect(engine.requests).toEqual([]);
  engine.breakEvents();
  await until(() => engine.listeners === 0);
  engine.finish("a1", 3, { log: "last words\n" });
  expect(await ended).toMatchObject({ exitCode: 3 });
  expect(await logText(backend, "a1")).toBe("last words\n");
  await until(() => engine.containers.size === 0);
  expect(engine.requests.filter((request) => request === "GET /containers/json")).toHaveLength(1);
});

test("an engine that goes away is named; what waits is started when it is back, what ran is taken up", async () => {
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  await engine.stop();
  await sleep(50);
  await backend.create(spec("a2"));
  await waitsFor("a2", /^the Docker engine does not answer: /);
  expect(await backend.status("a1")).toMatchObject({ state: "RUNNING" });
  await engine.start();
  await reaches(backend, "a2", "RUNNING");
  engine.finish("a1", 0);
  expect(await reaches(backend, "a1", "EXITED")).toMatchObject({ exitCode: 0 });
});

test("a container that the engine lost sight of is lost, and is not taken for the program's failure", async () => {
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  await engine.stop();
  await sleep(50);
  engine.finish("a1", 255);
  await engine.start();
  expect(await reaches(backend, "a1", "LOST")).toMatchObject({ reason: expect.stringContaining("the Docker engine went away") });
});

test("a start whose answer is lost has run the container once", async () => {
  let cuts = 1;
  engine.fault = (request) => (request.endsWith("/start") && cuts-- > 0 ? "done, then cut" : undefined);
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  expect(engine.of("a1")?.starts).toBe(1);
  expect(engine.containers.size).toBe(1);
});

test("a start whose answer is lost, of a container that has ended since, does not run it again", async () => {
  let cuts = 1;
  engine.fault = (request) => {
    if (!request.endsWith("/start") || cuts-- <= 0) return undefined;
    setTimeout(() => engine.finish("a1", 0, { log: "once\n" }), 20);
    return "done, then cut";
  };
  await backend.create(spec("a1"));
  expect(await reaches(backend, "a1", "EXITED")).toMatchObject({ exitCode: 0 });
  expect(await logText(backend, "a1")).toBe("once\n");
  expect(engine.requests.filter((request) => request.endsWith("/start"))).toHaveLength(1);
});

test("a container of that name that is ours and has never run is made again; a stranger's is named and left alone", async () => {
  const half = engine.place("flyte-s-a1", ownLabels("a1"), "created");
  const strange = engine.place("flyte-s-a2", { "flyte.dev/sandbox": "s" }, "running");
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  expect(engine.containers.has(half.id)).toBe(false);
  await backend.create(spec("a2"));
  expect(await reaches(backend, "a2", "REFUSED")).toMatchObject({
    reason: expect.stringContaining("there is a container flyte-s-a2 already"),
    hint: "remove it with: docker rm --force flyte-s-a2",
  });
  expect(engine.containers.has(strange.id)).toBe(true);
});

test("an image that is removed between its fetch and a start is fetched again", async () => {
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  engine.images.delete(image);
  await backend.create(spec("a2"));
  await reaches(backend, "a2", "RUNNING");
  expect(engine.requests.filter((request) => request === "POST /images/create")).toHaveLength(1);
});

test.each([
  [{ status: 400, message: "Minimum memory limit allowed is 6MB" }, "REFUSED", 1],
  [{ status: 500, message: 'could not select device driver "" with capabilities: [[gpu]]' }, "REFUSED", 1],
] as const)("what the engine will refuse again is not tried again: %o", async (fault, state, tries) => {
  engine.fault = (request) => (request.endsWith("/start") ? fault : undefined);
  await backend.create(spec("a1"));
  expect(await reaches(backend, "a1", state)).toMatchObject({ reason: fault.message });
  expect(engine.requests.filter((request) => request.endsWith("/start"))).toHaveLength(tries);
  await until(() => engine.containers.size === 0);
});

test("a container that somebody takes away is lost", async () => {
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  engine.takeAway("a1");
  expect(await reaches(backend, "a1", "LOST")).toEqual({ state: "LOST", reason: "its container was removed by somebody else" });
});

test("a daemon that comes back takes up what runs and what has ended, loses what is gone, and removes what nobody knows", async () => {
  for (const name of ["a1", "a2"]) await backend.create(spec(name));
  await reaches(backend, "a1", "RUNNING");
  await reaches(backend, "a2", "RUNNING");
  await backend.create(spec("a3"));
  const container = engine.of("a1")?.id;
  await backend.close();
  engine.finish("a2", 7, { log: "while nobody looked\n" });
  engine.place("flyte-s-old", ownLabels("old"), "running");
  const foreign = engine.place("flyte-s-b", { ...ownLabels("b"), "flyte.dev/data-directory": "/elsewhere" }, "running");
  backend = await open();
  expect(await reaches(backend, "a2", "EXITED")).toMatchObject({ exitCode: 7, unattended: true });
  expect(await logText(backend, "a2")).toBe("while nobody looked\n");
  expect(await backend.status("a1")).toMatchObject({ state: "RUNNING" });
  expect(engine.of("a1")).toMatchObject({ id: container, starts: 1 });
  await reaches(backend, "a3", "RUNNING");
  await until(() => engine.of("old") === undefined);
  expect(engine.containers.has(foreign.id)).toBe(true);

  await backend.close();
  engine.takeAway("a1");
  backend = await open();
  expect(await backend.status("a1")).toEqual({ state: "LOST", reason: "its container was gone when flyte came back" });
  expect(engine.requests.filter((request) => request === "POST /containers/create")).toHaveLength(3);
});

test("what another kind of backend left is not taken up", async () => {
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  await backend.endAll();
  await backend.close();
  const file = path.join(directory, "attempts", "a1", "spec.json");
  const { compute: _docker, ...local } = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  await writeFile(file, JSON.stringify(local));
  backend = await open();
  expect(await backend.status("a1")).toBeUndefined();
  expect(backend.hasLog("a1")).toBe(true);
});

test("ending all leaves results and no container, also of what was to begin", async () => {
  for (const name of ["a1", "a2", "a3"]) await backend.create(spec(name));
  await reaches(backend, "a2", "RUNNING");
  expect(await backend.endAll()).toBe(2);
  expect(await backend.status("a1")).toMatchObject({ state: "EXITED", exitCode: 143, signal: "SIGTERM" });
  await until(() => engine.containers.size === 0);
  await backend.close();
  engine.place("flyte-s-a3", ownLabels("a3"), "created");
  backend = await open({ start: false });
  await backend.endAll();
  expect(engine.containers.size).toBe(0);
});

test("removing while the engine is away forgets at once, and the container goes when it is back", async () => {
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  await engine.stop();
  await backend.remove("a1");
  expect(await backend.status("a1")).toBeUndefined();
  await engine.start();
  await until(() => engine.containers.size === 0);
});

test("memory that ran out is told as such, whatever the exit code", async () => {
  await backend.create(spec("a1"));
  await reaches(backend, "a1", "RUNNING");
  engine.finish("a1", 247, { outOfMemory: true });
  expect(await reaches(backend, "a1", "EXITED")).toMatchObject({ exitCode: 247, outOfMemory: true });
});

test("an attempt has ended when its outputs are here; until they can be brought, it runs", async () => {
  const directories = [
    { host: path.join(directory, "in"), path: "/var/inputs", isOutput: false },
    { host: path.join(directory, "out"), path: "/var/outputs", isOutput: true },
  ];
  for (const { host } of directories) await mkdir(host);
  await writeFile(path.join(directory, "in/x"), "5");
  await writeFile(path.join(directory, "out/stale"), "");
  const tar = pack();
  tar.entry({ name: "outputs/", type: "directory" });
  tar.entry({ name: "outputs/d/y" }, "14");
  tar.entry({ name: "outputs/link", type: "symlink", linkname: "d/y" });
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar) parts.push(part as Uint8Array);
  const archive = Buffer.concat(parts);
  engine.outputs = (asked) => (asked === "/var/outputs" ? archive : undefined);
  let isFull = true;
  engine.fault = (asked) => (isFull && asked === "GET /containers/ID/archive" ? { status: 500, message: "no" } : undefined);
  await backend.create(spec("a1", { directories }));
  await reaches(backend, "a1", "RUNNING");
  const names: string[] = [];
  for await (const entry of Readable.from(engine.of("a1")?.archives ?? []).pipe(extract())) {
    names.push(`${entry.header.name} ${entry.header.mode?.toString(8)}`);
    entry.resume();
  }
  expect(names).toEqual(["var/inputs 777", "var/inputs/x 644", "var/outputs 777"]);
  engine.finish("a1", 0);
  await until(() => engine.requests.includes("GET /containers/ID/archive"));
  expect(await backend.status("a1")).toMatchObject({ state: "RUNNING" });
  isFull = false;
  engine.breakEvents();
  expect(await reaches(backend, "a1", "EXITED")).toMatchObject({ exitCode: 0 });
  expect(await readFile(path.join(directory, "out/d/y"), "utf8")).toBe("14");
  expect(existsSync(path.join(directory, "out/stale"))).toBe(false);
});
