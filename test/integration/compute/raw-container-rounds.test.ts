import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createScriptedCompute, type ScriptedCompute } from "../../../src/compute/scripted/scripted-compute.ts";
import { containerDataOver } from "../../../src/host/container-data-over.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { createContainerPlugin } from "../../../src/plugins/container/container-plugin.ts";
import type { ContainerData } from "../../../src/ports/container-data.ts";
import type { PluginState, PluginTransition, TaskContext, TaskPlugin } from "../../../src/ports/task-plugin.ts";
import { MemoryBlobStore } from "../../support/memory-blob-store.ts";
import { temporaryDirectory } from "./open-backend.ts";

const { LiteralMap, SimpleType } = flyteidl.core;
const name = "exec-n0-0";
const never = <T>(): Promise<T> => new Promise<T>(() => {});

let directory: AsyncDisposable & { readonly path: string };
let blobs: MemoryBlobStore;
let compute: ScriptedCompute;
let files: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  await begin();
});
afterEach(() => directory[Symbol.asyncDispose]());

/** An attempt of which nothing has happened yet. */
async function begin(): Promise<void> {
  files = path.join(directory.path, "data");
  await rm(files, { recursive: true, force: true });
  compute = createScriptedCompute();
  blobs = new MemoryBlobStore();
  const literals = {
    x: { scalar: { primitive: { integer: 7 } } },
    f: { scalar: { blob: { metadata: { type: {} }, uri: "s3://b/f" } } },
  };
  await blobs.put("s3://b/in/inputs.pb", LiteralMap.encode({ literals } as unknown as flyteidl.core.LiteralMap.$Properties).finish());
  await blobs.put("s3://b/f", Buffer.from("in a file"));
}

const integer = { type: { simple: SimpleType.INTEGER } };
const blob = { type: { blob: {} } };
const template = {
  container: { image: "i", command: ["run"], dataConfig: { enabled: true, inputPath: "/var/inputs", outputPath: "/var/outputs/" } },
  interface: { inputs: { variables: { x: integer, f: blob } }, outputs: { variables: { y: integer, g: blob } } },
};

interface Round {
  readonly state: PluginState | undefined;
  readonly phaseVersion: number;
}

function contextOf({ state, phaseVersion }: Round, own: TaskContext["template"] = template): TaskContext {
  return {
    id: {
      task: { project: "tp", domain: "td", name: "raw", version: "v1" },
      node: { execution: { project: "p", domain: "d", name: "exec" }, nodeId: "n0" },
      retryAttempt: 0,
    },
    generatedName: name,
    template: own,
    overrides: {},
    workflow: { project: "p", domain: "d", name: "wf", version: "v1" },
    launchPlan: undefined,
    inputUri: "s3://b/in/inputs.pb",
    outputPrefix: "s3://b/out",
    rawOutputPrefix: "s3://b/raw",
    checkpointPrefix: "s3://b/raw/_flytecheckpoints",
    previousCheckpointPrefix: "",
    env: {},
    interruptible: false,
    state,
    phaseVersion,
    inputs: never,
  };
}

/** One daemon: its plugin, and whoever waits to be woken by it. */
class Daemon {
  readonly plugin: TaskPlugin;
  #woken = Promise.withResolvers<void>();
  readonly #death: Promise<undefined>;

  /** `guarded` is what becomes of its effects, `death` resolves when it is killed. */
  constructor(guarded: <T extends object>(target: T) => T = (target) => target, death: Promise<undefined> = never()) {
    this.#death = death;
    const data: ContainerData = guarded(containerDataOver(guarded<MemoryBlobStore>(blobs), 60_000));
    this.plugin = createContainerPlugin({
      host: {
        blobs,
        wake: (execution, node) => {
          expect([execution.name, node]).toEqual(["exec", "n0"]);
          this.#woken.resolve();
        },
      },
      compute: guarded<ScriptedCompute>(compute),
      blobs,
      data,
      dataDirectory: files,
      endpoints: { tasks: { adminEndpoint: "", blobEndpoint: "", accessKey: "", secretKey: "", region: "" } },
      logUrl: () => "http://logs",
      defaultEnv: {},
    });
  }

  /** Undefined when it was killed in it. */
  async round(after: Round, own?: TaskContext["template"]): Promise<PluginTransition | undefined> {
    this.#woken = Promise.withResolvers<void>();
    return Promise.race([this.plugin.handle(contextOf(after, own)), this.#death]);
  }

  /** Rounds until it is no longer its own work that is waited for: a task is there that runs, or has ended. */
  async rounds(after: Round, own?: TaskContext["template"]): Promise<PluginTransition | undefined> {
    for (let last = after; ;) {
      const found = await this.round(last, own);
      if (!found) return undefined;
      const status = await compute.status(name);
      if (isOver(found) || (status !== undefined && status.state !== "EXITED")) return found;
      last = { state: found.state, phaseVersion: found.phaseVersion };
      if ((await Promise.race([this.#woken.promise.then(() => "WOKEN"), this.#death])) === undefined) return undefined;
    }
  }

  finalize(): Promise<unknown> {
    return Promise.race([this.plugin.finalize(contextOf({ state: {}, phaseVersion: 0 })).then(() => "DONE"), this.#death]);
  }
}

const isOver = ({ phase }: PluginTransition): boolean => /SUCCESS|FAILURE/.test(phase);
const first: Round = { state: undefined, phaseVersion: 0 };
const attemptFiles = (...parts: readonly string[]): string => path.join(files, name, ...parts);

/** What the container does; it finds its directories as they were handed to compute. */
async function program(exitCode = 0, left: Readonly<Record<string, string>> = { y: "14", g: "made" }): Promise<void> {
  const [input, output] = compute.created[0]?.directories ?? [];
  expect([input?.path, output?.path]).toEqual(["/var/inputs", "/var/outputs"]);
  expect(await readFile(path.join(input?.host ?? "", "x"), "utf8")).toBe("7");
  expect(await readFile(path.join(input?.host ?? "", "f"), "utf8")).toBe("in a file");
  expect(existsSync(path.join(input?.host ?? "", "stray"))).toBe(false);
  expect(await readFile(path.join(input?.host ?? "", "inputs.json"), "utf8")).toBe('{"f":"/var/inputs/f","x":7}');
  for (const [file, text] of Object.entries(left)) await writeFile(path.join(output?.host ?? "", file), text);
  compute.become(name, { state: "EXITED", exitCode, startedAt: 1000, finishedAt: 2000 });
}

async function outputs(): Promise<unknown> {
  const parts: Uint8Array[] = [];
  for await (const part of (await blobs.get("s3://b/out/outputs.pb")).body) parts.push(part);
  const { literals } = LiteralMap.decode(Buffer.concat(parts));
  return { y: literals?.["y"]?.scalar?.primitive?.integer?.toString(), g: literals?.["g"]?.scalar?.blob?.uri };
}

test("its rounds are told: what is waited for, that it runs until its outputs are there, and when it ended", async () => {
  const daemon = new Daemon();
  const fetching = await daemon.round(first);
  expect(fetching).toMatchObject({ phase: "QUEUED", phaseVersion: 0, reason: "fetching its inputs" });
  expect(compute.created).toEqual([]);
  const waiting = await daemon.rounds(first);
  expect(waiting).toMatchObject({ phase: "QUEUED", reason: "scripted", state: { created: true } });
  await program();
  const sending = await daemon.round({ state: waiting?.state, phaseVersion: 1 });
  expect(sending).toEqual({
    phase: "RUNNING",
    phaseVersion: 0,
    logs: expect.any(Array),
    startedAt: 1000,
    occurredAt: 1000,
    state: { created: true },
  });
  const ended = await daemon.rounds({ state: sending?.state, phaseVersion: 0 });
  expect(ended).toMatchObject({ phase: "SUCCESS", startedAt: 1000, occurredAt: 2000 });
  expect(await outputs()).toEqual({ y: "14", g: "s3://b/raw/g" });
  await daemon.finalize();
  expect(existsSync(attemptFiles())).toBe(false);
});

test("killed before or after any of its effects, it begins its transfers again, and runs the command once", async () => {
  let effects = 0;
  for (let at = 1; at <= effects || effects === 0; at++) {
    for (const how of ["BEFORE", "AFTER"]) {
      await begin();
      let count = 0;
      let killed = false;
      const killing = Promise.withResolvers<undefined>();
      const gate = async (effect: () => Promise<unknown>): Promise<unknown> => {
        if (killed) return never();
        const isLast = ++count === at;
        if (isLast && how === "BEFORE") return kill();
        const result = await effect();
        return isLast ? kill() : killed ? never() : result;
      };
      const kill = (): Promise<never> => {
        killed = true;
        killing.resolve(undefined);
        return never();
      };
      const guarded = <T extends object>(target: T): T =>
        new Proxy(target, {
          get: (object, key) => {
            const value: unknown = Reflect.get(object, key);
            if (typeof value !== "function" || key === "subscribe") return typeof value === "function" ? value.bind(object) : value;
            return (...each: unknown[]) => gate(() => value.apply(object, each) as Promise<unknown>);
          },
        });
      let daemon = new Daemon(guarded, killing.promise);
      const restart = (): void => void (daemon = new Daemon());
      // What was saved before the kill is all that the next one knows.
      let saved: Round = first;
      let deaths = 0;
      let hasRun = false;
      for (;;) {
        const found = await daemon.rounds(saved);
        if (!found) {
          deaths++;
          restart();
          // Of a transfer that broke off, anything may be there.
          if (!hasRun && existsSync(attemptFiles("inputs.partial"))) await writeFile(attemptFiles("inputs.partial/stray"), "");
          continue;
        }
        saved = { state: found.state, phaseVersion: found.phaseVersion };
        if (isOver(found)) {
          expect([at, how, found.phase, found.error]).toEqual([at, how, "SUCCESS", undefined]);
          break;
        }
        expect(hasRun).toBe(false);
        hasRun = true;
        await program();
      }
      expect(await outputs()).toEqual({ y: "14", g: "s3://b/raw/g" });
      expect(compute.created).toHaveLength(1);
      if ((await daemon.finalize()) === undefined) {
        deaths++;
        restart();
        await daemon.finalize();
      }
      expect(existsSync(attemptFiles())).toBe(false);
      expect(await compute.list({})).toEqual([]);
      expect(deaths).toBe(1);
      if (effects === 0) effects = await countEffects();
    }
  }
  expect(effects).toBeGreaterThan(12);
});

/** Of a life that nothing happens to. */
async function countEffects(): Promise<number> {
  await begin();
  let count = 0;
  const daemon = new Daemon(
    (target) =>
      new Proxy(target, {
        get: (object, key) => {
          const value: unknown = Reflect.get(object, key);
          if (typeof value !== "function" || key === "subscribe") return typeof value === "function" ? value.bind(object) : value;
          return (...each: unknown[]) => {
            count++;
            return value.apply(object, each) as unknown;
          };
        },
      }),
  );
  await daemon.rounds(first);
  await program();
  await daemon.rounds({ state: { created: true }, phaseVersion: 0 });
  await daemon.finalize();
  return count;
}

test.each([
  ["an exit code, and not the outputs that are not there", 3, {}, "Error", "terminated with exit code (3)"],
  ["what it says itself, though it exits with a code too", 3, { _ERROR: "told" }, "OutputUploadFailed", "User Error: told"],
  ["what it says itself, though it exits well", 0, { _ERROR: "told", y: "1", g: "" }, "OutputUploadFailed", "User Error: told"],
  [
    "what it has not left",
    0,
    { y: "1" },
    "OutputUploadFailed",
    "file not found at path [/var/outputs/g]: stat /var/outputs/g: no such file",
  ],
] as const)("it fails of %s", async (_of, exitCode, left, code, message) => {
  const daemon = new Daemon();
  await daemon.rounds(first);
  await program(exitCode, left);
  const found = await daemon.rounds({ state: { created: true }, phaseVersion: 0 });
  expect(found).toMatchObject({ phase: "RETRYABLE_FAILURE", error: { code, kind: "USER" } });
  expect(found?.error?.message).toContain(message);
  expect(await blobs.head("s3://b/out/outputs.pb")).toBeUndefined();
});

test("inputs that are not there fail it before it begins", async () => {
  await blobs.delete("s3://b/f");
  const found = await new Daemon().rounds(first);
  expect(found).toMatchObject({ phase: "RETRYABLE_FAILURE", error: { code: "InputDownloadFailed", kind: "USER" } });
  expect(found?.error?.message).toContain("variable [f] download/store failed: incorrect blob reference, does not exist");
  expect(compute.created).toEqual([]);
});

test("a task that declares neither has neither directory, and one that may not be removed by its owner is all the same", async () => {
  const daemon = new Daemon();
  const without = { ...template, interface: {} };
  expect(await daemon.rounds(first, without)).toMatchObject({ phase: "QUEUED", reason: "scripted" });
  expect(compute.created[0]).not.toHaveProperty("directories");
  await mkdir(attemptFiles("outputs/locked/in"), { recursive: true, mode: 0o500 });
  await daemon.finalize();
  expect(existsSync(attemptFiles())).toBe(false);
});

test("an abort ends a transfer that is under way, and leaves nothing", async () => {
  let stopped = false;
  const held = new Daemon((target) =>
    "download" in target
      ? {
          ...target,
          download: async (request: { readonly directory: string }, signal: AbortSignal) => {
            await mkdir(request.directory, { recursive: true });
            if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
            stopped = true;
            return "ended";
          },
        }
      : target,
  );
  expect(await held.round(first)).toMatchObject({ phase: "QUEUED", reason: "fetching its inputs" });
  await held.plugin.abort(contextOf(first), "enough");
  expect([stopped, existsSync(attemptFiles())]).toEqual([true, false]);
});
