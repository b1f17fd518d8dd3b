import { expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { dataOf, integer, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { Catalog, CatalogHit, CatalogKey, Reservation } from "../../../src/ports/catalog.ts";
import type { LiteralMap } from "../../../src/idl/types.ts";

const cached = { task: { metadata: { discoverable: true, discoveryVersion: "1", cacheIgnoreInputVars: ["seed"] } } };
const { CatalogCacheStatus } = flyteidl.core;
const source = {
  task: { project: "p", domain: "d", name: "t", version: "old" },
  node: { execution: { project: "p", domain: "d", name: "earlier" }, nodeId: "n9" },
  retryAttempt: 2,
};
const hit: CatalogHit = {
  outputs: { literals: { o: integer(42) } },
  artifactId: "art",
  datasetId: { project: "p", domain: "d", name: "flyte_task-t", version: "1-a-b" },
  tag: "flyte_cached-x",
  source,
};

class CatalogFake implements Catalog {
  readonly asked: CatalogKey[] = [];
  readonly stored: { outputs: LiteralMap; overwrite: boolean; attempt: number }[] = [];
  readonly answers: (CatalogHit | undefined | Error)[];
  readonly putError: Error | undefined;

  constructor(answers: (CatalogHit | undefined | Error)[], putError?: Error) {
    this.answers = answers;
    this.putError = putError;
  }

  async get(key: CatalogKey): Promise<CatalogHit | undefined> {
    this.asked.push(key);
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async put(_key: CatalogKey, outputs: LiteralMap, producer: { retryAttempt: number }, options: { overwrite: boolean }) {
    if (this.putError) throw this.putError;
    this.stored.push({ outputs, overwrite: options.overwrite, attempt: producer.retryAttempt });
    return { datasetId: hit.datasetId, artifactId: "new", tag: hit.tag };
  }

  async reserve(): Promise<Reservation> {
    throw new Error("nobody asked for one at a time");
  }

  async release(): Promise<void> {
    throw new Error("nobody asked for one at a time");
  }
}

const metadataOf = (bench: Bench, subject: string) =>
  (bench.admin.last(subject)?.event.event as { taskNodeMetadata?: flyteidl.event.TaskNodeMetadata.$Properties } | undefined)
    ?.taskNodeMetadata;

test("a hit copies the outputs and runs nothing", async () => {
  const catalog = new CatalogFake([hit]);
  await using bench = await runToEnd(
    { nodes: { n0: { ...cached, inputs: { x: promise("start-node", "x") } } }, outputs: { r: promise("n0") } },
    { catalog, inputs: { literals: { x: integer(1) } } },
  );
  expect(bench.admin.phases("n0")).toEqual(["SUCCEEDED"]);
  expect(bench.admin.subjects).not.toContain("n0/0");
  expect(bench.world.attempts.size).toBe(0);
  expect(Number(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)?.["r"]?.scalar?.primitive?.integer)).toBe(42);
  expect(bench.admin.last("n0")?.event.event).toMatchObject({ outputUri: `${dataOf("n0")}/0/outputs.pb` });
  expect(metadataOf(bench, "n0")).toMatchObject({
    cacheStatus: CatalogCacheStatus.CACHE_HIT,
    catalogKey: {
      datasetId: { resourceType: flyteidl.core.ResourceType.DATASET, name: "flyte_task-t", version: "1-a-b" },
      artifactTag: { artifactId: "art", name: "flyte_cached-x" },
      sourceTaskExecution: {
        retryAttempt: 2,
        nodeExecutionId: { nodeId: "n9", executionId: { name: "earlier" } },
        taskId: { version: "old" },
      },
    },
  });
  expect(catalog.asked).toMatchObject([
    { task: { name: "task-n0" }, cacheVersion: "1", ignoredInputs: ["seed"], inputs: { literals: { x: {} } } },
  ]);
  expect(catalog.stored).toEqual([]);
});

test("a miss runs the task and fills the cache", async () => {
  const catalog = new CatalogFake([undefined]);
  await using bench = await runToEnd({ nodes: { n0: cached } }, { catalog });
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  const statuses = bench.admin.seen
    .filter((each) => each.subject === "n0")
    .map((each) => (each.event.event as { taskNodeMetadata?: { cacheStatus?: number } }).taskNodeMetadata?.cacheStatus);
  expect(statuses).toEqual([CatalogCacheStatus.CACHE_MISS, CatalogCacheStatus.CACHE_MISS, CatalogCacheStatus.CACHE_POPULATED]);
  expect(metadataOf(bench, "n0")).toMatchObject({ catalogKey: { artifactTag: { artifactId: "new" } } });
  expect(catalog.stored).toMatchObject([{ overwrite: false, attempt: 0, outputs: { literals: { o: {} } } }]);
  expect(catalog.asked).toHaveLength(1);
});

test("overwriting skips the look-up and replaces", async () => {
  const catalog = new CatalogFake([hit]);
  await using bench = await runToEnd({ nodes: { n0: cached }, spec: { overwriteCache: true } }, { catalog });
  expect(catalog.asked).toEqual([]);
  expect(catalog.stored).toMatchObject([{ overwrite: true }]);
  const first = bench.admin.seen.find((each) => each.subject === "n0")?.event.event as { taskNodeMetadata?: { cacheStatus?: number } };
  expect(first.taskNodeMetadata?.cacheStatus).toBe(CatalogCacheStatus.CACHE_SKIPPED);
  expect(metadataOf(bench, "n0")).toMatchObject({ cacheStatus: CatalogCacheStatus.CACHE_POPULATED });
});

test("outputs that cannot be cached are outputs all the same", async () => {
  await using bench = await runToEnd({ nodes: { n0: cached } }, { catalog: new CatalogFake([undefined], new Error("full")) });
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect(metadataOf(bench, "n0")).toMatchObject({ cacheStatus: CatalogCacheStatus.CACHE_PUT_FAILURE });
});

test("a look-up that fails is tried again, and never becomes a miss", async () => {
  const catalog = new CatalogFake([new Error("down"), new Error("down"), hit]);
  await using bench = await runToEnd({ nodes: { n0: cached, other: {} } }, { catalog });
  expect(bench.admin.phases("n0")).toEqual(["SUCCEEDED"]);
  expect(bench.admin.phases("other")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(catalog.asked).toHaveLength(3);
});

test.each([
  ["not declared", {}, 0],
  ["declared by the node", { metadata: { name: "n0", cacheable: true, cacheVersion: "7" } }, 1],
  ["declared by the task, denied by the node", { ...cached, metadata: { name: "n0", cacheable: false } }, 0],
  ["without outputs", { task: { ...cached.task, interface: { outputs: { variables: {} } } } }, 0],
])("caching %s", async (_name, node, asked) => {
  const catalog = new CatalogFake([undefined]);
  await using bench = await runToEnd({ nodes: { n0: node } }, { catalog });
  expect(catalog.asked).toHaveLength(asked);
  expect(catalog.stored).toHaveLength(asked);
  expect(metadataOf(bench, "n0")?.cacheStatus).toBe(asked ? CatalogCacheStatus.CACHE_POPULATED : CatalogCacheStatus.CACHE_DISABLED);
});
