import { expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import { StatusError } from "../../idl/status.ts";
import type { ConnectorAnswer, ConnectorClient } from "../../ports/connector-client.ts";
import type { PluginTransition, TaskContext } from "../../ports/task-plugin.ts";
import { ManualClock } from "../../std/clock.ts";
import { type ConnectorConfig, defaultConnectorConfig, defaultDeployment } from "./connector-config.ts";
import { ConnectorDirectory } from "./connector-directory.ts";
import { createConnectorPlugin } from "./connector-plugin.ts";

const { Phase } = flyteidl.core.TaskExecution;
const away = (): never => {
  throw new StatusError("UNAVAILABLE", "nobody is there");
};
const answer = (phase: number, more: Partial<flyteidl.admin.Resource.$Properties> = {}): ConnectorAnswer => ({
  resource: { phase, ...more },
  outputs: undefined,
});

/** A plugin with one server, whose answers a test sets, and one attempt that goes through its rounds. */
class Bench {
  readonly clock = new ManualClock(1_000_000);
  readonly calls: string[] = [];
  readonly logged: string[] = [];
  wakes = 0;
  list: ConnectorClient["list"] = async () => [
    { supportedTaskCategories: [{ name: "job", version: 0 }] },
    { isSync: true, supportedTaskCategories: [{ name: "call", version: 0 }] },
  ];
  create: () => Promise<Uint8Array> = async () => Uint8Array.of(1, 2);
  get: () => Promise<ConnectorAnswer> = async () => answer(Phase.RUNNING);
  delete: () => Promise<void> = async () => {};
  execute: (signal: AbortSignal) => Promise<ConnectorAnswer> = async () => answer(Phase.SUCCEEDED);
  readonly directory: ConnectorDirectory;
  readonly files = new Map<string, Uint8Array>();
  state: TaskContext["state"];
  phaseVersion = 0;
  readonly type: string;
  plugin: ReturnType<typeof createConnectorPlugin>;
  readonly #config: ConnectorConfig;

  constructor(type = "job", config: Partial<ConnectorConfig> = {}) {
    this.type = type;
    this.#config = { ...defaultConnectorConfig, defaultConnector: { ...defaultDeployment, endpoint: "c:1" }, ...config };
    const noted = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
      this.calls.push(what);
      return call();
    };
    const client: ConnectorClient = {
      endpoint: "c:1",
      list: () => this.list(),
      create: () => noted("create", () => this.create()),
      get: ({ meta }) => noted(`get ${[...meta].join()}`, () => this.get()),
      delete: ({ meta }) => noted(`delete ${[...meta].join()}`, () => this.delete()),
      execute: (_header, _inputs, signal) => noted("execute", () => this.execute(signal)),
    };
    const log = (message: string): void => void this.logged.push(message);
    this.directory = new ConnectorDirectory(this.#config, {
      open: () => client,
      clock: this.clock,
      logger: { info: () => {}, warn: log, error: log },
    });
    this.plugin = this.#make();
  }

  #make() {
    const log = (message: string): void => void this.logged.push(message);
    const blobs = { put: async (uri: string, bytes: Uint8Array) => void this.files.set(uri, bytes) } as never;
    return createConnectorPlugin({
      host: { blobs, wake: () => void this.wakes++ },
      directory: this.directory,
      config: this.#config,
      clock: this.clock,
      logger: { info: log, warn: log, error: log },
    });
  }

  /** Another process takes the attempt up, with what is saved of it. */
  restart(): void {
    this.plugin = this.#make();
  }

  get context(): TaskContext {
    const project = { project: "p", domain: "d" };
    return {
      id: {
        task: { ...project, name: "t", version: "v" },
        node: { execution: { ...project, name: "e" }, nodeId: "n0" },
        retryAttempt: 0,
      },
      generatedName: "e-n0-0",
      template: { type: this.type, interface: { outputs: { variables: { o: {} } } } },
      overrides: {},
      workflow: { ...project, name: "w", version: "v" },
      launchPlan: undefined,
      inputUri: "s3://b/inputs.pb",
      outputPrefix: "s3://b/out",
      rawOutputPrefix: "s3://b/raw",
      checkpointPrefix: "",
      previousCheckpointPrefix: "",
      env: {},
      interruptible: false,
      state: this.state,
      phaseVersion: this.phaseVersion,
      inputs: async () => ({ literals: {} }),
    };
  }

  /** A round, of which what it answers is saved. */
  async round(): Promise<PluginTransition> {
    const transition = await this.plugin.handle(this.context);
    this.state = transition.state ?? this.state;
    this.phaseVersion = transition.phaseVersion;
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    return transition;
  }

  /** Rounds for as long as something wakes the attempt by itself, and then with the time in between. */
  async until(phase: string, rounds = 60): Promise<PluginTransition> {
    for (let count = 0; count < rounds; count++) {
      const before = this.wakes;
      const transition = await this.round();
      if (transition.phase === phase) return transition;
      if (this.wakes === before) this.clock.advance((this.clock.nextTimer() ?? this.clock.now()) - this.clock.now());
    }
    throw new Error(`never ${phase}: ${JSON.stringify(this.state)} ${this.calls.join()}`);
  }

  async begin(): Promise<void> {
    this.directory.start();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}

const begun = async (...options: ConstructorParameters<typeof Bench>): Promise<Bench> => {
  const bench = new Bench(...options);
  await bench.begin();
  return bench;
};

test("a job is made once, and asked about until it has ended", async () => {
  const bench = await begun();
  const seen = [await bench.round(), await bench.round()];
  expect(seen.map(({ phase, phaseVersion, reason }) => [phase, phaseVersion, reason])).toEqual([
    ["QUEUED", 0, "job submitted"],
    ["QUEUED", 1, "launched"],
  ]);
  await bench.until("RUNNING");
  bench.get = async () => ({
    resource: { phase: Phase.SUCCEEDED },
    outputs: flyteidl.core.LiteralMap.encode({ literals: { o: {} } }).finish(),
  });
  await bench.until("SUCCESS");
  expect([...bench.files.keys()]).toEqual(["s3://b/out/outputs.pb"]);
  expect(new Set(bench.calls)).toEqual(new Set(["create", "get 1,2"]));
  expect(bench.calls.filter((call) => call === "create")).toHaveLength(1);
});

test("an answer whose round was lost is given again, and one that was saved is never asked for again", async () => {
  const bench = await begun();
  await bench.round();
  // The round that would have saved the job's name is lost.
  const lost = await bench.plugin.handle(bench.context);
  expect(lost.state).toMatchObject({ meta: "AQI=" });
  expect((await bench.round()).state).toEqual(lost.state);
  bench.restart();
  await bench.until("RUNNING");
  expect(bench.calls).toEqual(["create", "get 1,2"]);
});

test("nobody is asked more often than an eighth of the time that a job runs, nor more rarely than the configuration says", async () => {
  const bench = await begun("job", { resyncInterval: 5_000 });
  const times: number[] = [];
  bench.get = async () => {
    times.push(bench.clock.now() - 1_000_000);
    return answer(Phase.RUNNING);
  };
  for (let wakes = -1; bench.clock.now() < 1_100_000; bench.clock.advance(50)) {
    for (; bench.wakes !== wakes; await bench.round()) wakes = bench.wakes;
  }
  const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
  expect(gaps[0]).toBe(250);
  expect(Math.max(...gaps)).toBe(5_000);
  for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(Math.min(5_000, (times[index - 1] ?? 0) / 8 - 50));
});

test("new messages, links and infos are versions of their phase; the same again is not told", async () => {
  const bench = await begun();
  await bench.until("RUNNING");
  const versions: number[] = [];
  const told: (string | undefined)[] = [];
  for (const message of ["one", "one", "two", "two"]) {
    bench.get = async () => answer(Phase.RUNNING, { message });
    for (let count = 0; count < 6; count++) {
      const { phaseVersion, reason } = await bench.round();
      if (phaseVersion !== versions.at(-1)) {
        versions.push(phaseVersion);
        told.push(reason);
      }
      bench.clock.advance(10_000);
    }
  }
  expect(told).toEqual([undefined, "one", "two"]);
  expect(versions).toEqual([0, 1, 2]);
});

test("a server that is away is waited for, with the reason, and then fails its tasks as the system's fault", async () => {
  const bench = await begun("job", { unreachableTimeout: 60_000 });
  bench.create = away as never;
  await bench.round();
  const waiting = await bench.round();
  const reason = "the connector at c:1 cannot be reached: rpc error: code = Unavailable desc = nobody is there";
  expect([waiting.phase, waiting.reason]).toEqual(["QUEUED", reason]);
  const start = bench.clock.now();
  const failed = await bench.until("RETRYABLE_FAILURE");
  expect(failed.error).toEqual({ code: "ConnectorUnreachable", message: reason, kind: "SYSTEM" });
  expect(bench.clock.now() - start).toBeGreaterThanOrEqual(60_000);
  expect(bench.clock.now() - start).toBeLessThan(61_000);
  // 250 ms, 500 ms, ... up to half a minute.
  expect(bench.calls.length).toBeGreaterThan(6);
  expect(bench.calls.length).toBeLessThan(12);
});

test("one that comes back goes on with the job that it has", async () => {
  const bench = await begun();
  await bench.until("RUNNING");
  bench.get = away as never;
  for (let count = 0; count < 6; count++) {
    await bench.round();
    bench.clock.advance(10_000);
  }
  expect((await bench.round()).phase).toBe("RUNNING");
  expect(bench.calls.filter((call) => call === "create")).toHaveLength(1);
  bench.get = async () => answer(Phase.FAILED, { message: "no" });
  const failed = await bench.until("PERMANENT_FAILURE");
  expect(failed.error).toEqual({ code: "TaskFailedWithError", message: "failed to run the job: no", kind: "USER" });
});

test("a call that fails, fails the attempt; a job about which nothing can be learnt does so after a while", async () => {
  const refused = await begun();
  refused.create = async () => Promise.reject(new StatusError("INTERNAL", "no such table"));
  expect((await refused.until("RETRYABLE_FAILURE")).error).toEqual({
    code: "TaskFailedWithError",
    message: "failed to create task from connector with rpc error: code = Internal desc = no such table",
    kind: "USER",
  });
  const lost = await begun();
  lost.get = async () => Promise.reject(new StatusError("INTERNAL", "who?"));
  expect((await lost.until("PERMANENT_FAILURE")).error?.code).toBe("AutoRefreshCacheFailed");
  expect(lost.calls.filter((call) => call.startsWith("get"))).toHaveLength(6);
  const large = await begun();
  large.create = async () => new Uint8Array(300 << 10);
  expect((await large.until("RETRYABLE_FAILURE")).error?.message).toContain("resource_meta is 307200 bytes; at most 262144 are accepted");
});

test("an abort deletes the job, also one that is just being made, and not one that has ended", async () => {
  const bench = await begun();
  await bench.until("RUNNING");
  await bench.plugin.abort(bench.context, "enough");
  expect(bench.calls.at(-1)).toBe("delete 1,2");

  const slow = await begun();
  let made: (meta: Uint8Array) => void = () => {};
  slow.create = () => new Promise((resolve) => (made = resolve));
  await slow.round();
  const first = slow.plugin.abort(slow.context, "enough");
  slow.clock.advance(1_000);
  await expect(first).rejects.toThrow("the job of e-n0-0 is being made");
  made(Uint8Array.of(7));
  await slow.plugin.abort(slow.context, "enough");
  expect(slow.calls).toEqual(["create", "delete 7"]);

  const over = await begun();
  over.get = async () => answer(Phase.FAILED);
  await over.until("PERMANENT_FAILURE");
  await over.plugin.abort(over.context, "it failed");
  expect(over.calls.filter((call) => call.startsWith("delete"))).toEqual([]);
});

test("a job that cannot be deleted is tried again, and holds nobody up for ever", async () => {
  const bench = await begun("job", { unreachableTimeout: 60_000 });
  await bench.until("RUNNING");
  bench.delete = away as never;
  let refusals = 0;
  for (; refusals < 50; refusals++) {
    try {
      await bench.plugin.abort(bench.context, "enough");
      break;
    } catch (thrown) {
      expect(thrown).toMatchObject({ status: "UNAVAILABLE" });
    }
    bench.clock.advance(3_000);
  }
  expect(refusals).toBe(20);
  expect(bench.logged.at(-1)).toBe("a job of a connector may go on: it could not be deleted");
  const known = await begun();
  await known.until("RUNNING");
  known.delete = async () => Promise.reject(new StatusError("NOT_FOUND", "no such job"));
  await known.plugin.abort(known.context, "enough");
});

test("a call is the task itself: its answer is its end, and an abort ends it", async () => {
  const bench = await begun("call");
  bench.execute = async () => answer(Phase.FAILED, { message: "no", agentError: { code: "Quota" } });
  expect((await bench.until("PERMANENT_FAILURE")).error).toEqual({ code: "Quota", message: "failed to run the job: no", kind: "USER" });
  const slow = await begun("call");
  let aborted = false;
  slow.execute = (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => ((aborted = true), reject(new StatusError("CANCELLED", "")))));
  await slow.round();
  await slow.plugin.abort(slow.context, "enough");
  expect(aborted).toBe(true);
  expect(slow.calls).toEqual(["execute"]);
});

test("while a server has not said what it runs, tasks wait that nobody else runs; then they are its or not", async () => {
  const bench = new Bench();
  const { list } = bench;
  bench.list = away as never;
  await bench.begin();
  expect(bench.plugin.runs?.("whatever", undefined)).toBe(true);
  const waiting = await bench.round();
  expect([waiting.phase, waiting.reason]).toEqual(["QUEUED", "the connector at c:1 has not said what it runs: nobody is there"]);
  // It is not its own yet.
  expect(bench.state?.["connector"]).toBeUndefined();
  const { wakes } = bench;
  bench.list = list;
  bench.clock.advance(1_000);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  expect(bench.wakes).toBe(wakes + 1);
  expect([bench.plugin.runs?.("job", undefined), bench.plugin.runs?.("whatever", undefined)]).toEqual([true, false]);
  await bench.until("RUNNING");
  // And stays so, whoever says what.
  expect(bench.plugin.runs?.("whatever", bench.state)).toBe(true);
});
