import { expect, test } from "vitest";
import { AdminModel } from "../../support/admin-model.ts";
import { Bench } from "./bench.ts";
import { Crashes } from "../../support/crashes.ts";
import { dataOf, executionId, integer, specOf } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { BenchOptions } from "./bench.ts";
import type { CatalogKey } from "../../../src/ports/catalog.ts";
import type { EventSink, ExecutionEvent } from "../../../src/ports/event-sink.ts";
import type { NodeOf, WorkflowOf } from "./workflow-of.ts";

const { CatalogCacheStatus } = flyteidl.core;
const { Status } = flyteidl.core.CatalogReservation;
const serialized: NodeOf = { task: { metadata: { discoverable: true, discoveryVersion: "1", cacheSerializable: true } } };
const second = { ...executionId, name: "ex2" };

const executionOf = ({ event }: ExecutionEvent): string | null | undefined =>
  "parentNodeExecutionId" in event
    ? event.parentNodeExecutionId?.executionId?.name
    : "executionId" in event
      ? event.executionId?.name
      : (event as flyteidl.event.NodeExecutionEvent.$Properties).id?.executionId?.name;

/** Two executions of one workflow on one propeller, each with an admin of its own. */
class Pair implements AsyncDisposable {
  readonly admins = { ex: new AdminModel(), ex2: new AdminModel() };
  readonly bench: Bench;

  private constructor(bench: Bench) {
    this.bench = bench;
  }

  static async start(workflow: WorkflowOf, options: BenchOptions = {}, late: WorkflowOf = workflow): Promise<Pair> {
    let pair: Pair | undefined;
    const events: EventSink = {
      record: async (all) => {
        const outcomes = await Promise.all(
          all.map(async (event) => {
            const admin = executionOf(event) === "ex2" ? pair?.admins.ex2 : pair?.admins.ex;
            return (await admin?.record([event]))?.[0];
          }),
        );
        return outcomes;
      },
    };
    const bench = await Bench.open(workflow, { catalog: "ours", ...options, wrap: (deps) => ({ ...deps, events }) });
    pair = new Pair(bench);
    await bench.propeller.start();
    await bench.propeller.idle();
    await bench.workflows.create(specOf(late, second));
    bench.propeller.wake(second);
    await bench.propeller.idle();
    return pair;
  }

  /** Each attempt that can takes a step; only its own execution is woken. */
  async step(): Promise<void> {
    for (const attempt of this.bench.world.unfinished) {
      attempt.position++;
      this.bench.propeller.wake(attempt.context.id.node.execution, attempt.context.id.node.nodeId);
    }
    await this.bench.propeller.idle();
  }

  get begun(): string[] {
    return [...this.bench.world.attempts.keys()];
  }

  statuses(execution: "ex" | "ex2", nodeId = "n0"): string[] {
    return this.admins[execution].seen
      .filter((each) => each.subject === nodeId)
      .map(({ phase, event }) => {
        const metadata = (event.event as flyteidl.event.NodeExecutionEvent.$Properties).taskNodeMetadata;
        return `${phase} ${CatalogCacheStatus[metadata?.cacheStatus ?? 0]} ${Status[metadata?.reservationStatus ?? 0]}`;
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }
}

const keyOf = (bench: Bench): Promise<CatalogKey> =>
  new Promise((resolve) => {
    const { catalog } = bench;
    const reserve = catalog.reserve.bind(catalog);
    catalog.reserve = (key, ...rest) => {
      resolve(key);
      return reserve(key, ...rest);
    };
  });

test("of two executions of one key one runs and the other hits, woken by the release alone", async () => {
  await using pair = await Pair.start({ nodes: { n0: serialized } });
  const begun = pair.bench.clock.now();
  expect(pair.begun).toEqual(["ex-n0-0"]);
  expect(pair.statuses("ex2")).toEqual(["QUEUED CACHE_MISS RESERVATION_EXISTS"]);
  expect(pair.bench.logged.filter((line) => line.startsWith("waiting on serialized cache"))).toEqual([
    'waiting on serialized cache {"execution":"ex2","node":"n0","holder":"ex-n0-0"}',
  ]);
  for (let steps = 0; steps < 2; steps++) await pair.step();
  expect(pair.bench.clock.now()).toBe(begun);
  expect(await pair.bench.isOver).toBe(true);
  expect(pair.begun).toEqual(["ex-n0-0"]);
  expect(pair.statuses("ex")).toEqual([
    "QUEUED CACHE_MISS RESERVATION_ACQUIRED",
    "RUNNING CACHE_MISS RESERVATION_ACQUIRED",
    "SUCCEEDED CACHE_POPULATED RESERVATION_RELEASED",
  ]);
  expect(pair.statuses("ex2")).toEqual(["QUEUED CACHE_MISS RESERVATION_EXISTS", "SUCCEEDED CACHE_HIT RESERVATION_DISABLED"]);
  expect(pair.admins.ex2.subjects).not.toContain("n0/0");
  expect(pair.admins.ex2.last("workflow")?.phase).toBe("SUCCEEDED");
  const outputs = pair.bench.literals("s3://bucket/metadata/propeller/p-d-ex2/n0/data/0/outputs.pb");
  expect(Number(outputs?.["o"]?.scalar?.primitive?.integer)).toBe(1);
});

test("a reservation is extended while its attempt runs, by time alone, and never longer than asked for", async () => {
  await using pair = await Pair.start({ nodes: { n0: serialized } });
  for (let seconds = 0; seconds < 600; seconds += 5) await pair.bench.advance(5_000);
  expect(pair.begun).toEqual(["ex-n0-0"]);
  await pair.step();
  await pair.step();
  expect(pair.statuses("ex2").at(-1)).toBe("SUCCEEDED CACHE_HIT RESERVATION_DISABLED");
});

test.each([
  ["for good", "PERMANENT_FAILURE"],
  ["with no attempts left", "RETRYABLE_FAILURE"],
] as const)("what fails %s is given up, once it is cleaned up, and the other runs", async (_, end) => {
  const steps = {
    n0: [
      ["RUNNING", end],
      ["RUNNING", "SUCCESS"],
    ] as const,
  };
  await using pair = await Pair.start({ nodes: { n0: serialized } }, { steps });
  await pair.step();
  expect(pair.admins.ex.last("workflow")?.phase).toBe("FAILED");
  expect(pair.begun).toEqual(["ex-n0-0", "ex2-n0-0"]);
  expect(pair.statuses("ex2").at(-1)).toContain("RESERVATION_ACQUIRED");
  expect(pair.bench.world.violations).toEqual([]);
});

test("what is terminated is given up, by who runs as by who waits", async () => {
  for (const [ended, running] of [
    [executionId, ["ex-n0-0", "ex2-n0-0"]],
    [second, ["ex-n0-0"]],
  ] as const) {
    await using pair = await Pair.start({ nodes: { n0: serialized } });
    await pair.bench.workflows.terminate(ended, "enough");
    pair.bench.propeller.wake(ended);
    await pair.bench.propeller.idle();
    expect(pair.admins[ended.name === "ex" ? "ex" : "ex2"].last("workflow")?.phase).toBe("ABORTED");
    expect(pair.begun).toEqual(running);
    expect(pair.admins.ex2.subjects.includes("n0/0")).toBe(ended === executionId);
    for (let steps = 0; steps < 3; steps++) await pair.step();
    expect(await pair.bench.isOver).toBe(true);
  }
});

test("what is terminated ends, wherever its machine has lost its power", async () => {
  const ends: Record<string, number> = {};
  for (let effect = 1; effect <= 30; effect++) {
    const crashes = new Crashes(new Map([[effect, "AFTER"]]));
    await using bench = await Bench.open({ nodes: { n0: serialized } }, { catalog: "ours", wrap: (deps) => crashes.process(deps) });
    await Promise.race([bench.propeller.start().then(() => bench.finish()), crashes.death]);
    if (crashes.isDead) {
      await bench.workflows.terminate(executionId, "enough");
      bench.replacePropeller();
      await bench.propeller.start();
      await bench.finish();
    }
    const { phase = "", event } = bench.admin.last("workflow") ?? {};
    const error = event?.level === "workflow" ? event.event.error?.code : undefined;
    expect({ effect, phase, error }).not.toMatchObject({ phase: "FAILED" });
    ends[phase] = (ends[phase] ?? 0) + 1;
  }
  expect(ends["ABORTED"]).toBeGreaterThan(10);
});

test("a later attempt takes over from the one before, while others go on waiting", async () => {
  const nodes = { n0: { ...serialized, metadata: { name: "n0", retries: { retries: 1 } } } };
  const steps = {
    n0: [
      ["RUNNING", "RETRYABLE_FAILURE"],
      ["RUNNING", "SUCCESS"],
    ] as const,
  };
  await using pair = await Pair.start({ nodes }, { steps });
  await pair.step();
  expect(pair.begun).toEqual(["ex-n0-0", "ex-n0-1"]);
  await pair.step();
  expect(pair.statuses("ex").at(-1)).toBe("SUCCEEDED CACHE_POPULATED RESERVATION_RELEASED");
  expect(pair.statuses("ex2").at(-1)).toBe("SUCCEEDED CACHE_HIT RESERVATION_DISABLED");
  expect(pair.begun).toEqual(["ex-n0-0", "ex-n0-1"]);
});

test("who holds a reservation and is gone loses it as it expires, and not before", async () => {
  // Known from one execution, for the same execution on other tables.
  await using other = await Bench.open({ nodes: { n0: serialized } }, { catalog: "ours" });
  const key = keyOf(other);
  await other.propeller.start();
  await using bench = await Bench.open({ nodes: { n0: serialized } }, { catalog: "ours" });
  expect((await bench.catalog.reserve(await key, "gone", 4_000)).ownerId).toBe("gone");
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.advance(12_000);
  expect(bench.world.attempts.size).toBe(0);
  await bench.advance(1);
  expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0"]);
});

test("a propeller killed while it holds a reservation takes it up again under the same name", async () => {
  await using bench = await Bench.open({ nodes: { n0: serialized } }, { catalog: "ours" });
  const key = keyOf(bench);
  await bench.propeller.start();
  await bench.propeller.idle();
  bench.replacePropeller();
  await bench.propeller.start();
  // As long as it would have been held, and then it is asked for again.
  for (let seconds = 0; seconds < 60; seconds += 5) await bench.advance(5_000);
  const { ownerId, expiresAt } = await bench.catalog.reserve(await key, "rival", undefined);
  expect([ownerId, expiresAt > bench.clock.now()]).toEqual(["ex-n0-0", true]);
  await bench.finish();
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect((await bench.catalog.reserve(await key, "rival", undefined)).ownerId).toBe("rival");
});

test("an attempt that lost its reservation while it ran goes on, and asks for it again", async () => {
  await using bench = await Bench.open({ nodes: { n0: serialized } }, { catalog: "ours" });
  const key = keyOf(bench);
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.catalog.release(await key, "ex-n0-0");
  expect((await bench.catalog.reserve(await key, "thief", 4_000)).ownerId).toBe("thief");
  await bench.advance(10_000);
  expect([...bench.world.attempts.values()].map(({ aborted }) => aborted)).toEqual([[]]);
  await bench.advance(10_000);
  expect((await bench.catalog.reserve(await key, "thief", 4_000)).ownerId).toBe("ex-n0-0");
  await bench.finish();
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("waiting counts against the time that all attempts have together", async () => {
  const late = { nodes: { n0: { ...serialized, metadata: { name: "n0", timeout: toDuration(7_000) } } } };
  await using pair = await Pair.start({ nodes: { n0: serialized } }, {}, late);
  await pair.bench.advance(13_000);
  expect(pair.admins.ex2.last("n0")?.phase).toBe("QUEUED");
  await pair.bench.advance(1_000);
  expect(pair.admins.ex2.phases("n0")).toEqual(["QUEUED", "TIMED_OUT"]);
  expect(pair.begun).toEqual(["ex-n0-0"]);
});

test("who overwrites the cache waits for nobody; and a key is serialised only when declared so", async () => {
  for (const late of [
    { nodes: { n0: serialized }, spec: { overwriteCache: true } },
    { nodes: { n0: { ...serialized, metadata: { name: "n0", cacheSerializable: false } } } },
  ]) {
    await using pair = await Pair.start({ nodes: { n0: serialized } }, {}, late);
    expect(pair.begun).toEqual(["ex-n0-0", "ex2-n0-0"]);
    expect(pair.statuses("ex2").every((each) => each.endsWith("RESERVATION_DISABLED"))).toBe(true);
  }
});

test("a catalog that cannot be reached does not stop an attempt that has begun", async () => {
  await using bench = await Bench.open({ nodes: { n0: serialized } }, { catalog: "ours" });
  await bench.propeller.start();
  await bench.propeller.idle();
  const { catalog } = bench;
  catalog.reserve = () => Promise.reject(new Error("down"));
  catalog.release = () => Promise.reject(new Error("down"));
  await bench.finish();
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect(bench.logged.filter((line) => line.includes("was not released")).length).toBe(1);
});

test("outputs that are cached between the first look-up and the reservation are taken, and nothing is held", async () => {
  await using bench = await Bench.open({ nodes: { n0: serialized } }, { catalog: "ours" });
  const key = keyOf(bench);
  const { catalog } = bench;
  const get = catalog.get.bind(catalog);
  const task = { project: "p", domain: "d", name: "task-n0", version: "v" };
  catalog.get = async (asked) => {
    const found = await get(asked);
    if (!found) {
      const producer = { task, node: { execution: second, nodeId: "n0" }, retryAttempt: 0 };
      await catalog.put(asked, { literals: { o: integer(7) } }, producer, { overwrite: false });
    }
    return found;
  };
  await bench.propeller.start();
  await bench.propeller.idle();
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "SUCCEEDED"]);
  expect(bench.world.attempts.size).toBe(0);
  expect(Number(bench.literals(`${dataOf("n0")}/0/outputs.pb`)?.["o"]?.scalar?.primitive?.integer)).toBe(7);
  expect((await catalog.reserve(await key, "rival", undefined)).ownerId).toBe("rival");
});
