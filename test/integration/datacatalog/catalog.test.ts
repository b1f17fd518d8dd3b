import Long from "long";
import { describe, expect, test } from "vitest";
import { datacatalog, flyteidl } from "../../../src/idl/flyteidl.ts";
import type { TaskExecutionId } from "../../../src/idl/identifiers.ts";
import type { LiteralMap } from "../../../src/idl/types.ts";
import type { CatalogKey } from "../../../src/ports/catalog.ts";
import { openCatalog } from "./open-catalog.ts";

const { SimpleType } = flyteidl.core;
const int = { type: { simple: SimpleType.INTEGER } };
const values = (literals: Record<string, number>): LiteralMap => ({
  literals: Object.fromEntries(
    Object.entries(literals).map(([name, value]) => [name, { scalar: { primitive: { integer: Long.fromNumber(value) } } }]),
  ),
});
const numbers = (map: LiteralMap | undefined): object =>
  Object.fromEntries(Object.entries(map?.literals ?? {}).map(([name, literal]) => [name, Number(literal.scalar?.primitive?.integer)]));

const task = { project: "p", domain: "d", name: "my.task", version: "v1" };
const key: CatalogKey = {
  task,
  cacheVersion: "1",
  interface: { inputs: { variables: { a: int } }, outputs: { variables: { o0: int, o1: int } } },
  inputs: values({ a: 1 }),
  ignoredInputs: [],
};
const producer: TaskExecutionId = {
  task,
  node: { execution: { project: "ep", domain: "ed", name: "exec" }, nodeId: "n0-0-dn1" },
  retryAttempt: 3,
};

describe.for(["direct", "behind gRPC"] as const)("a catalog %s", (reach) => {
  test("what is put is found by inputs, interface and cache version, with its source", async () => {
    await using open = await openCatalog(reach);
    const { catalog } = open;
    expect(await catalog.get(key)).toBeUndefined();
    const put = await catalog.put(key, values({ o0: 7, o1: 8 }), producer, { overwrite: false });
    const hit = await catalog.get({ ...key, task: { ...task, version: "v2" } });
    expect(numbers(hit?.outputs)).toEqual({ o0: 7, o1: 8 });
    expect(hit).toMatchObject({ artifactId: put.artifactId, datasetId: put.datasetId, tag: put.tag, source: producer });
    expect(put.datasetId).toMatchObject({ project: "p", domain: "d", name: "flyte_task-my.task" });
  });

  test.each<[string, Partial<CatalogKey>]>([
    ["inputs", { inputs: values({ a: 2 }) }],
    ["cache version", { cacheVersion: "2" }],
    ["name", { task: { ...task, name: "other" } }],
    ["domain", { task: { ...task, domain: "other" } }],
    ["interface", { interface: { ...key.interface, inputs: { variables: { a: int, b: int } } } }],
  ])("another %s is a miss", async (_, different) => {
    await using open = await openCatalog(reach);
    const { catalog } = open;
    await catalog.put(key, values({ o0: 7, o1: 8 }), producer, { overwrite: false });
    expect(await catalog.get({ ...key, ...different })).toBeUndefined();
  });

  test.each([
    [60_000, 60_000, true],
    [60_000, 60_001, false],
    [1, 2, false],
    [0, 365 * 24 * 3_600_000, true],
  ])("with a longest age of %s ms, a result of %s ms is found: %s", async (maxCacheAge, age, found) => {
    await using open = await openCatalog(reach, maxCacheAge);
    const { catalog, clock } = open;
    await catalog.put(key, values({ o0: 7, o1: 8 }), producer, { overwrite: false });
    clock.advance(age);
    expect((await catalog.get(key)) !== undefined).toBe(found);
    // As in Flyte, replacing it makes it no younger.
    await catalog.put(key, values({ o0: 9, o1: 9 }), producer, { overwrite: true });
    expect((await catalog.get(key)) !== undefined).toBe(found);
  });

  test("ignored inputs do not matter", async () => {
    await using open = await openCatalog(reach);
    const { catalog } = open;
    const ignoring = { ...key, ignoredInputs: ["a"] };
    await catalog.put(ignoring, values({ o0: 7, o1: 8 }), producer, { overwrite: false });
    expect(numbers((await catalog.get({ ...ignoring, inputs: values({ a: 99 }) }))?.outputs)).toEqual({ o0: 7, o1: 8 });
  });

  describe("a second put", () => {
    test("leaves what is there", async () => {
      await using open = await openCatalog(reach);
      const { catalog } = open;
      const first = await catalog.put(key, values({ o0: 1, o1: 1 }), producer, { overwrite: false });
      await catalog.put(key, values({ o0: 2, o1: 2 }), { ...producer, retryAttempt: 4 }, { overwrite: false });
      const hit = await catalog.get(key);
      expect([numbers(hit?.outputs), hit?.artifactId, hit?.source?.retryAttempt]).toEqual([{ o0: 1, o1: 1 }, first.artifactId, 3]);
    });

    test("that overwrites replaces it under the same artifact", async () => {
      await using open = await openCatalog(reach);
      const { catalog } = open;
      const first = await catalog.put(key, values({ o0: 1, o1: 1 }), producer, { overwrite: false });
      const second = await catalog.put(key, values({ o0: 2, o1: 2 }), { ...producer, retryAttempt: 4 }, { overwrite: true });
      expect(second.artifactId).toBe(first.artifactId);
      const hit = await catalog.get(key);
      expect([numbers(hit?.outputs), hit?.source?.retryAttempt]).toEqual([{ o0: 2, o1: 2 }, 4]);
    });

    test("that would overwrite, with nothing there, is a first one", async () => {
      await using open = await openCatalog(reach);
      const { catalog } = open;
      await catalog.put(key, values({ o0: 2, o1: 2 }), producer, { overwrite: true });
      expect(numbers((await catalog.get(key))?.outputs)).toEqual({ o0: 2, o1: 2 });
    });

    test("at the same time as others leaves one result", async () => {
      await using open = await openCatalog(reach);
      const { catalog } = open;
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => catalog.put(key, values({ o0: index, o1: index }), producer, { overwrite: false })),
      );
      const [one, other] = [await catalog.get(key), await catalog.get(key)];
      expect(one?.artifactId).toBe(other?.artifactId);
      const { o0, o1 } = numbers(one?.outputs) as { o0: number; o1: number };
      expect(o0).toBe(o1);
    });
  });

  test("nothing is not put", async () => {
    await using open = await openCatalog(reach);
    await expect(open.catalog.put(key, { literals: {} }, producer, { overwrite: false })).rejects.toMatchObject({
      status: "INVALID_ARGUMENT",
      message: "missing artifactData",
    });
  });

  describe("an artifact that does not fit the task is an error, not a miss", () => {
    test.each<[string, LiteralMap, string]>([
      ["an output missing", values({ o0: 1 }), "it has 1 outputs, 2 are declared"],
      ["an output of another name", values({ o0: 1, o2: 1 }), "output o2 is not declared"],
      [
        "an output of another type",
        { literals: { ...values({ o0: 1 }).literals, o1: { scalar: { primitive: { stringValue: "x" } } } } },
        "output o1 has type [simple:STRING], expected [simple:INTEGER]",
      ],
    ])("%s", async (_, outputs, expected) => {
      await using open = await openCatalog(reach);
      const { catalog } = open;
      await catalog.put(key, outputs, producer, { overwrite: false });
      await expect(catalog.get(key)).rejects.toMatchObject({ status: "INTERNAL", message: expect.stringContaining(expected) as string });
    });
  });

  describe("sources", () => {
    const withMetadata = async (keyMap: Record<string, string>): Promise<TaskExecutionId | undefined> => {
      await using open = await openCatalog(reach);
      const { catalog } = open;
      const { datasetId, tag } = await catalog.put(key, values({ o0: 1, o1: 1 }), producer, { overwrite: false });
      await open.deps.state.write(async (writer) => {
        const dataset = await writer.catalog.dataset(datasetId);
        const artifact = dataset && (await writer.catalog.artifactByTag(dataset.key, tag));
        if (!artifact) throw new Error("nothing was put");
        await writer.catalog.updateArtifact({ ...artifact, metadata: datacatalog.Metadata.encode({ keyMap }).finish() });
      });
      return (await catalog.get(key))?.source;
    };

    test("what the metadata leave out is unknown", async () => {
      expect(await withMetadata({ "execution-name": "e" })).toEqual({
        task,
        node: { execution: { project: "p", domain: "d", name: "e" }, nodeId: "unknown" },
        retryAttempt: 0,
      });
    });

    test("without any there is none", async () => {
      expect(await withMetadata({})).toBeUndefined();
    });
  });

  describe("a reservation", () => {
    const heartbeat = 4_000;

    test("has one owner, who extends it by three heartbeats and gives it up; it expires by itself", async () => {
      await using open = await openCatalog(reach);
      const { catalog, clock } = open;
      const ask = async (ownerId: string, asked?: number): Promise<[string, number, number]> => {
        const held = await catalog.reserve(key, ownerId, asked);
        return [held.ownerId, held.expiresAt - clock.now(), held.heartbeat];
      };
      expect(await ask("one", heartbeat)).toEqual(["one", 12_000, 4_000]);
      clock.advance(5_000);
      expect((await ask("two", heartbeat)).slice(0, 2)).toEqual(["one", 7_000]);
      expect(await ask("one")).toEqual(["one", 30_000, 10_000]);
      await catalog.release(key, "two");
      expect((await ask("two"))[0]).toBe("one");
      await catalog.release(key, "one");
      expect((await ask("two", heartbeat))[0]).toBe("two");
      clock.advance(12_000);
      expect((await ask("one"))[0]).toBe("two");
      clock.advance(1);
      expect((await ask("one"))[0]).toBe("one");
      expect((await catalog.reserve({ ...key, inputs: values({ a: 2 }) }, "two", heartbeat)).ownerId).toBe("two");
    });

    test("wakes once who waits for it in its process; behind gRPC nobody", async () => {
      await using open = await openCatalog(reach);
      const { catalog } = open;
      const woken: string[] = [];
      const ask = (ownerId: string): Promise<unknown> => catalog.reserve(key, ownerId, heartbeat, () => woken.push(ownerId));
      for (const ownerId of ["one", "two", "two", "three", "four"]) await ask(ownerId);
      await catalog.release(key, "four");
      await catalog.release({ ...key, inputs: values({ a: 2 }) }, "one");
      expect(woken).toEqual([]);
      await catalog.release(key, "one");
      await catalog.release(key, "one");
      expect(woken).toEqual(reach === "direct" ? ["two", "three"] : []);
    });
  });
});
