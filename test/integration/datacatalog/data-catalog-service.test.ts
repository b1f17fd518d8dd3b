import Long from "long";
import { describe, expect, test } from "vitest";
import type { CatalogDeps } from "../../../src/engine/datacatalog/catalog-deps.ts";
import { createCacheService } from "../../../src/engine/datacatalog/cache-service.ts";
import { createDataCatalogService } from "../../../src/engine/datacatalog/data-catalog-service.ts";
import type { ServiceHandlers } from "../../../src/engine/service.ts";
import { datacatalog, flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { fromTimestamp, toDuration } from "../../../src/idl/time.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import { readBlob } from "../../../src/ports/read-blob.ts";
import { call, openCatalog } from "./open-catalog.ts";

const dataset = { project: "p", domain: "d", name: "flyte_task-t", version: "1-a-b" };
const literal = (value: number): flyteidl.core.Literal.$Properties => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
const artifactOf = (
  id: string,
  values: Record<string, number>,
  more: datacatalog.Artifact.$Properties = {},
): datacatalog.Artifact.$Properties => ({
  id,
  dataset,
  data: Object.entries(values).map(([name, value]) => ({ name, value: literal(value) })),
  metadata: { keyMap: { made: "by us" } },
  ...more,
});

/** The service's methods with messages instead of bytes. */
function client(service: ServiceHandlers) {
  return {
    createDataset: (one: datacatalog.Dataset.$Properties) =>
      call(service, "CreateDataset", datacatalog.CreateDatasetRequest, datacatalog.CreateDatasetRequest.encode({ dataset: one }).finish()),
    getDataset: async (id: datacatalog.DatasetID.$Properties | null) =>
      datacatalog.GetDatasetResponse.decode(
        await call(service, "GetDataset", datacatalog.GetDatasetRequest, datacatalog.GetDatasetRequest.encode({ dataset: id }).finish()),
      ).dataset,
    createArtifact: (artifact: datacatalog.Artifact.$Properties) =>
      call(service, "CreateArtifact", datacatalog.CreateArtifactRequest, datacatalog.CreateArtifactRequest.encode({ artifact }).finish()),
    getArtifact: async (request: datacatalog.GetArtifactRequest.$Properties) =>
      datacatalog.GetArtifactResponse.decode(
        await call(service, "GetArtifact", datacatalog.GetArtifactRequest, datacatalog.GetArtifactRequest.encode(request).finish()),
      ).artifact,
    addTag: (tag: datacatalog.Tag.$Properties) =>
      call(service, "AddTag", datacatalog.AddTagRequest, datacatalog.AddTagRequest.encode({ tag }).finish()),
    updateArtifact: async (request: datacatalog.UpdateArtifactRequest.$Properties) =>
      datacatalog.UpdateArtifactResponse.decode(
        await call(
          service,
          "UpdateArtifact",
          datacatalog.UpdateArtifactRequest,
          datacatalog.UpdateArtifactRequest.encode(request).finish(),
        ),
      ).artifactId,
    listArtifacts: async (request: datacatalog.ListArtifactsRequest.$Properties) =>
      datacatalog.ListArtifactsResponse.decode(
        await call(service, "ListArtifacts", datacatalog.ListArtifactsRequest, datacatalog.ListArtifactsRequest.encode(request).finish()),
      ),
    listDatasets: async (request: datacatalog.ListDatasetsRequest.$Properties) =>
      datacatalog.ListDatasetsResponse.decode(
        await call(service, "ListDatasets", datacatalog.ListDatasetsRequest, datacatalog.ListDatasetsRequest.encode(request).finish()),
      ),
    reserve: async (ownerId: string, seconds?: number, tagName = "tag") =>
      datacatalog.GetOrExtendReservationResponse.decode(
        await call(
          service,
          "GetOrExtendReservation",
          datacatalog.GetOrExtendReservationRequest,
          datacatalog.GetOrExtendReservationRequest.encode({
            reservationId: { datasetId: dataset, tagName },
            ownerId,
            ...(seconds === undefined ? {} : { heartbeatInterval: toDuration(seconds * 1000) }),
          }).finish(),
        ),
      ).reservation,
    release: (ownerId: string) =>
      call(
        service,
        "ReleaseReservation",
        datacatalog.ReleaseReservationRequest,
        datacatalog.ReleaseReservationRequest.encode({ reservationId: { datasetId: dataset, tagName: "tag" }, ownerId }).finish(),
      ),
  };
}

async function open() {
  const catalog = await openCatalog();
  const service = createDataCatalogService(catalog.deps);
  return { ...catalog, service, ...client(service), [Symbol.asyncDispose]: () => catalog[Symbol.asyncDispose]() };
}

/** An object store with some methods in place of its own. */
function blobsWith(blobs: BlobStore, own: Partial<BlobStore>): BlobStore {
  return new Proxy(blobs, {
    get: (target, name) => (Reflect.get(own, name) ?? (Reflect.get(target, name) as () => void).bind(target)) as unknown,
  });
}

/** The same over an object store that deletes nothing. */
function withoutDeletes(deps: CatalogDeps): CatalogDeps {
  return { ...deps, blobs: blobsWith(deps.blobs, { delete: () => Promise.reject(new StatusError("UNAVAILABLE", "the store is away")) }) };
}

/** `STATUS: message` of the refusal; fails when there is none. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof StatusError)) throw new Error(`no refusal: ${String(thrown)}`);
  return `${thrown.status}: ${thrown.message}`;
}

const datasetName = 'project:"p" name:"flyte_task-t" domain:"d" version:"1-a-b"';

describe("datasets", () => {
  test("are kept as they were made first", async () => {
    await using catalog = await open();
    await catalog.createDataset({
      id: { ...dataset, UUID: "mine" },
      metadata: { keyMap: { "task-version": "v1" } },
      partitionKeys: ["b", "a"],
    });
    expect(await refusal(catalog.createDataset({ id: dataset }))).toBe(`ALREADY_EXISTS: dataset ${datasetName} already exists`);
    const found = await catalog.getDataset(dataset);
    expect(found).toMatchObject({ id: dataset, metadata: { keyMap: { "task-version": "v1" } }, partitionKeys: ["b", "a"] });
    expect(found?.id?.UUID).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("that are not there", async () => {
    await using catalog = await open();
    expect(await refusal(catalog.getDataset(dataset))).toBe(`NOT_FOUND: missing entity of type Dataset with identifier ${datasetName}`);
    expect(await refusal(catalog.createArtifact(artifactOf("a1", { o: 1 })))).toContain("NOT_FOUND: missing entity of type Dataset");
    expect(await refusal(catalog.listArtifacts({ dataset }))).toContain("NOT_FOUND: missing entity of type Dataset");
    expect(await refusal(catalog.addTag({ name: "t", artifactId: "a1", dataset }))).toContain("NOT_FOUND: missing entity of type Dataset");
  });

  test.each(["project", "domain", "name", "version"])("need their %s", async (part) => {
    await using catalog = await open();
    expect(await refusal(catalog.createDataset({ id: { ...dataset, [part]: "" } }))).toBe(`INVALID_ARGUMENT: missing ${part}`);
    expect(await refusal(catalog.getDataset({ ...dataset, [part]: "" }))).toBe(`INVALID_ARGUMENT: missing ${part}`);
  });

  test("need an id, and each partition key once", async () => {
    await using catalog = await open();
    expect(await refusal(catalog.getDataset(null))).toBe("INVALID_ARGUMENT: missing dataset");
    expect(await refusal(catalog.createDataset({ id: dataset, partitionKeys: ["a", "a"] }))).toBe(
      "INVALID_ARGUMENT: invalid value for partitionKeys, value:[a a]",
    );
  });
});

describe("artifacts", () => {
  test("come back by id and by tag, with values as they were sent", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset, partitionKeys: ["day"] });
    // A field of a newer flyteidl within the literal.
    const value = Buffer.concat([flyteidl.core.Literal.encode(literal(7)).finish(), Buffer.from([0xf2, 0xc0, 0x01, 0x01, 0x61])]);
    const length = (bytes: Uint8Array, field: number): Buffer => Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
    const head = datacatalog.Artifact.encode(artifactOf("a1", {}, { partitions: [{ key: "day", value: "1" }] })).finish();
    const data = length(Buffer.concat([length(Buffer.from("o0"), 1), length(value, 2)]), 3);
    const artifact = Buffer.concat([head, data]);
    await call(
      catalog.service,
      "CreateArtifact",
      datacatalog.CreateArtifactRequest,
      Buffer.concat([Buffer.from([0x0a, artifact.length]), artifact]),
    );
    await catalog.addTag({ name: "tag", artifactId: "a1", dataset });

    const uri = "s3://my-s3-bucket/metadata/p/d/flyte_task-t/1-a-b/a1/o0/data.pb";
    expect(Buffer.from(await readBlob(catalog.deps.blobs, uri, 1000)).equals(value)).toBe(true);
    for (const handle of [{ artifactId: "a1" }, { artifactId: "a1", dataset }, { tagName: "tag", dataset }]) {
      const found = await catalog.getArtifact(handle);
      expect(found).toMatchObject({
        id: "a1",
        dataset,
        metadata: { keyMap: { made: "by us" } },
        partitions: [{ key: "day", value: "1" }],
        tags: [{ name: "tag", artifactId: "a1", dataset }],
      });
      expect(found?.data?.map((one) => [one.name, String(one.value?.scalar?.primitive?.integer)])).toEqual([["o0", "7"]]);
      expect(fromTimestamp(found?.createdAt)).toBe(Date.UTC(2024, 0, 2, 3, 4, 5));
    }
  });

  test("are made once: the first values stay", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    await catalog.createArtifact(artifactOf("a1", { o: 1 }));
    expect(await refusal(catalog.createArtifact(artifactOf("a1", { o: 2 })))).toBe(
      "ALREADY_EXISTS: artifact a1 already exists in its dataset",
    );
    const found = await catalog.getArtifact({ artifactId: "a1" });
    expect(String(found?.data?.[0]?.value?.scalar?.primitive?.integer)).toBe("1");
  });

  test.each<[string, datacatalog.Artifact.$Properties, string]>([
    ["no id", artifactOf("", { o: 1 }), "missing artifactID"],
    ["no data", artifactOf("a1", {}), "missing artifactData"],
    ["data without a name", artifactOf("a1", { "": 1 }), "missing artifactData name"],
    ["data without a value", artifactOf("a1", {}, { data: [{ name: "o" }] }), "missing artifactData value"],
    [
      "a partition missing",
      artifactOf("a1", { o: 1 }, { partitions: [{ key: "day", value: "1" }] }),
      "Partition key mismatch, dataset keys: [day hour], artifact partition keys: [day]",
    ],
    [
      "another partition",
      artifactOf(
        "a1",
        { o: 1 },
        {
          partitions: [
            { key: "day", value: "1" },
            { key: "week", value: "1" },
          ],
        },
      ),
      "Artifact partition assignment does not match dataset partition keys: [day hour], artifact partition keys: [day week]",
    ],
    [
      "a partition without a value",
      artifactOf("a1", { o: 1 }, { partitions: [{ key: "day" }, { key: "hour", value: "1" }] }),
      "missing partition value",
    ],
  ])("refused: %s", async (_, artifact, expected) => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset, partitionKeys: ["day", "hour"] });
    expect(await refusal(catalog.createArtifact(artifact))).toBe(`INVALID_ARGUMENT: ${expected}`);
    expect(await refusal(catalog.getArtifact({ artifactId: "a1" }))).toContain("NOT_FOUND");
  });

  test("that cannot be found", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    expect(await refusal(catalog.getArtifact({ artifactId: "a1" }))).toBe("NOT_FOUND: missing entity of type Artifact with identifier a1");
    expect(await refusal(catalog.getArtifact({ tagName: "tag", dataset }))).toBe(
      "NOT_FOUND: missing entity of type Tag with identifier tag",
    );
    expect(await refusal(catalog.getArtifact({ tagName: "tag" }))).toBe("INVALID_ARGUMENT: missing dataset");
    expect(await refusal(catalog.getArtifact({ dataset }))).toBe("INVALID_ARGUMENT: missing one of artifactID/tagName");
    expect(await refusal(catalog.getArtifact({ artifactId: "" }))).toBe("INVALID_ARGUMENT: missing artifactID");
  });

  test("whose values are gone are no miss", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    await catalog.createArtifact(artifactOf("a1", { o: 1 }));
    await catalog.deps.blobs.delete("s3://my-s3-bucket/metadata/p/d/flyte_task-t/1-a-b/a1/o/data.pb");
    expect(await refusal(catalog.getArtifact({ artifactId: "a1" }))).toMatch(/^INTERNAL: unable to read artifact data/);
  });
});

describe("tags", () => {
  test("stay with their first artifact", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    await catalog.createArtifact(artifactOf("a1", { o: 1 }));
    await catalog.createArtifact(artifactOf("a2", { o: 2 }));
    await catalog.addTag({ name: "tag", artifactId: "a1", dataset });
    expect(await refusal(catalog.addTag({ name: "tag", artifactId: "a2", dataset }))).toBe(
      "ALREADY_EXISTS: tag tag already exists in its dataset",
    );
    expect((await catalog.getArtifact({ tagName: "tag", dataset }))?.id).toBe("a1");
    expect(await refusal(catalog.addTag({ name: "other", artifactId: "a3", dataset }))).toBe(
      "NOT_FOUND: missing entity of type Artifact with identifier a3",
    );
    expect(await refusal(catalog.addTag({ artifactId: "a1", dataset }))).toBe("INVALID_ARGUMENT: missing tagName");
    expect(await refusal(catalog.addTag({ name: "t", dataset }))).toBe("INVALID_ARGUMENT: missing artifactID");
  });
});

describe("updates", () => {
  test("replace values and metadata, and keep id, tags and time", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    await catalog.createArtifact(artifactOf("a1", { kept: 1, gone: 2 }));
    await catalog.addTag({ name: "tag", artifactId: "a1", dataset });
    catalog.clock.advance(60_000);
    const data = [
      { name: "kept", value: literal(10) },
      { name: "fresh", value: literal(11) },
    ];
    expect(await catalog.updateArtifact({ tagName: "tag", dataset, data, metadata: { keyMap: { second: "time" } } })).toBe("a1");
    const found = await catalog.getArtifact({ tagName: "tag", dataset });
    expect(found?.data?.map((one) => [one.name, String(one.value?.scalar?.primitive?.integer)])).toEqual([
      ["kept", "10"],
      ["fresh", "11"],
    ]);
    expect(found?.metadata?.keyMap).toEqual({ second: "time" });
    expect(fromTimestamp(found?.createdAt)).toBe(Date.UTC(2024, 0, 2, 3, 4, 5));
    expect(await catalog.deps.blobs.head("s3://my-s3-bucket/metadata/p/d/flyte_task-t/1-a-b/a1/gone/data.pb")).toBeUndefined();
  });

  test("that do not come to their end leave what was there", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    await catalog.createArtifact(artifactOf("a1", { o: 1 }));
    const broken = {
      ...catalog.deps,
      state: { ...catalog.deps.state, write: () => Promise.reject(new StatusError("UNAVAILABLE", "the power is gone")) },
    };
    const data = [{ name: "o", value: literal(2) }];
    const replacing = client(createDataCatalogService(broken)).updateArtifact({ artifactId: "a1", data });
    expect(await refusal(replacing)).toBe("UNAVAILABLE: the power is gone");
    const value = async () => String((await catalog.getArtifact({ artifactId: "a1" }))?.data?.[0]?.value?.scalar?.primitive?.integer);
    expect(await value()).toBe("1");
    expect(await catalog.updateArtifact({ artifactId: "a1", data })).toBe("a1");
    expect(await value()).toBe("2");
  });

  test("while somebody reads give the old values or the new ones", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    await catalog.createArtifact(artifactOf("a1", { o: 1 }));
    let replaced = false;
    const slow = {
      ...catalog.deps,
      blobs: blobsWith(catalog.deps.blobs, {
        get: async (uri) => {
          if (!replaced) await catalog.updateArtifact({ artifactId: "a1", data: [{ name: "o", value: literal(2) }] });
          replaced = true;
          return await catalog.deps.blobs.get(uri);
        },
      }),
    };
    const found = await client(createDataCatalogService(slow)).getArtifact({ artifactId: "a1" });
    expect(String(found?.data?.[0]?.value?.scalar?.primitive?.integer)).toBe("2");
  });

  test("that cannot clear away what they replaced have happened all the same", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    await catalog.createArtifact(artifactOf("a1", { o: 1 }));
    const stuck = createDataCatalogService(withoutDeletes(catalog.deps));
    expect(await client(stuck).updateArtifact({ artifactId: "a1", data: [{ name: "o", value: literal(2) }] })).toBe("a1");
    expect(catalog.warnings).toEqual(["values of an artifact could not be deleted"]);
  });

  test("of nothing, with nothing", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    const data = [{ name: "o", value: literal(1) }];
    expect(await refusal(catalog.updateArtifact({ tagName: "tag", dataset, data }))).toContain("NOT_FOUND: missing entity of type Tag");
    expect(await refusal(catalog.updateArtifact({ artifactId: "a1", data }))).toContain("NOT_FOUND: missing entity of type Artifact");
    expect(await refusal(catalog.updateArtifact({ artifactId: "a1" }))).toBe("INVALID_ARGUMENT: missing artifactData");
    expect(await refusal(catalog.updateArtifact({ data }))).toBe("INVALID_ARGUMENT: missing one of artifactID/tagName");
  });
});

describe("values made by two at once", () => {
  test("are those of the one who made the artifact", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    const made = await Promise.allSettled([1, 2, 3, 4].map((value) => catalog.createArtifact(artifactOf("a1", { o: value }))));
    const winners = made.flatMap(({ status }, index) => (status === "fulfilled" ? [String(index + 1)] : []));
    expect(winners.length).toBe(1);
    const found = await catalog.getArtifact({ artifactId: "a1" });
    expect(String(found?.data?.[0]?.value?.scalar?.primitive?.integer)).toBe(winners[0]);
    expect((await catalog.deps.blobs.list("s3://my-s3-bucket/metadata/")).items.length).toBe(1);
  });
});

describe("lists", () => {
  test("of artifacts with much data come in replies that a client takes", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    const large = { scalar: { primitive: { stringValue: "x".repeat(1_200_000) } } };
    for (const id of ["a1", "a2", "a3", "a4", "a5"]) {
      await catalog.createArtifact({ ...artifactOf(id, {}), data: [{ name: "o", value: large }] });
      catalog.clock.advance(1000);
    }
    const huge = { scalar: { primitive: { stringValue: "x".repeat(6_000_000) } } };
    await catalog.createArtifact({ ...artifactOf("a6", {}), data: [{ name: "o", value: huge }] });
    const pages: string[][] = [];
    let token = "";
    for (;;) {
      const page = await catalog.listArtifacts({ dataset, pagination: { limit: 1000, token, sortOrder: 1 } });
      if (page.artifacts?.length === 0) break;
      pages.push((page.artifacts ?? []).map(({ id }) => id ?? ""));
      token = page.nextToken ?? "";
    }
    // gRPC's clients take 4 MiB unless told otherwise; what is larger by itself comes alone.
    expect(pages).toEqual([["a1", "a2", "a3"], ["a4", "a5"], ["a6"]]);
  });

  async function filled() {
    const catalog = await open();
    await catalog.createDataset({ id: dataset, partitionKeys: ["day"] });
    for (const [id, day] of [
      ["a1", "mon"],
      ["a2", "tue"],
      ["a3", "mon"],
    ] as const) {
      await catalog.createArtifact(artifactOf(id, { o: 1 }, { partitions: [{ key: "day", value: day }] }));
      catalog.clock.advance(1000);
    }
    await catalog.addTag({ name: "tag", artifactId: "a3", dataset });
    return catalog;
  }
  const day = (value: string): datacatalog.SinglePropertyFilter.$Properties => ({ partitionFilter: { keyVal: { key: "day", value } } });
  const ids = (reply: datacatalog.ListArtifactsResponse): unknown[] => reply.artifacts.map((one) => one.id);

  test("of artifacts: newest first, pages by offset, a token also at the end", async () => {
    await using catalog = await filled();
    const whole = await catalog.listArtifacts({ dataset });
    expect([ids(whole), whole.nextToken]).toEqual([["a3", "a2", "a1"], "3"]);
    expect(whole.artifacts[0]).toMatchObject({ dataset, data: [{ name: "o" }], tags: [{ name: "tag" }] });
    const pages = [];
    for (const token of ["", "2", "3"]) {
      const page = await catalog.listArtifacts({
        dataset,
        pagination: { limit: 2, token, sortOrder: datacatalog.PaginationOptions.SortOrder.ASCENDING },
      });
      pages.push([ids(page), page.nextToken]);
    }
    expect(pages).toEqual([
      [["a1", "a2"], "2"],
      [["a3"], "3"],
      [[], "3"],
    ]);
    const none = await catalog.listArtifacts({ dataset, pagination: { limit: 0, token: "1" } });
    expect([ids(none), none.nextToken]).toEqual([[], "1"]);
  });

  test("of artifacts by partition and tag, all of which must hold", async () => {
    await using catalog = await filled();
    const by = async (...filters: datacatalog.SinglePropertyFilter.$Properties[]) =>
      ids(await catalog.listArtifacts({ dataset, filter: { filters } }));
    expect(await by(day("mon"))).toEqual(["a3", "a1"]);
    expect(await by(day("mon"), { tagFilter: { tagName: "tag" } })).toEqual(["a3"]);
    expect(await by(day("tue"), { tagFilter: { tagName: "tag" } })).toEqual([]);
  });

  test("of datasets by their parts", async () => {
    await using catalog = await open();
    for (const version of ["1", "2"]) {
      for (const name of ["x", "y"]) {
        await catalog.createDataset({ id: { ...dataset, name, version } });
        catalog.clock.advance(1000);
      }
    }
    const by = async (...parts: datacatalog.DatasetPropertyFilter.$Properties[]) => {
      const filters = parts.map((datasetFilter) => ({ datasetFilter }));
      return (await catalog.listDatasets({ filter: { filters } })).datasets.map((one) => `${one.id?.name}${one.id?.version}`);
    };
    expect(await by()).toEqual(["y2", "x2", "y1", "x1"]);
    expect(await by({ name: "x" })).toEqual(["x2", "x1"]);
    expect(await by({ name: "x" }, { version: "1" }, { project: "p" }, { domain: "d" })).toEqual(["x1"]);
    expect(await by({ name: "x" }, { name: "y" })).toEqual([]);
    expect((await catalog.listDatasets({ pagination: { limit: 3, token: "2" } })).nextToken).toBe("4");
  });

  test.each<[string, datacatalog.SinglePropertyFilter.$Properties, string]>([
    ["dataset", { datasetFilter: { name: "x" } }, "Artifact cannot be filtered by Dataset properties"],
    ["artifact", { artifactFilter: { artifactId: "x" } }, "Artifact cannot be filtered by Artifact properties"],
    ["empty tag", { tagFilter: { tagName: "" } }, "missing tagName"],
    ["partition without a key", { partitionFilter: { keyVal: { value: "v" } } }, "missing partition key"],
    ["partition without a value", { partitionFilter: { keyVal: { key: "k" } } }, "missing partition value"],
    ["nothing", {}, "missing property filter"],
  ])("artifacts are not filtered by %s", async (_, filter, expected) => {
    await using catalog = await filled();
    expect(await refusal(catalog.listArtifacts({ dataset, filter: { filters: [filter] } }))).toBe(`INVALID_ARGUMENT: ${expected}`);
  });

  test.each<[string, datacatalog.SinglePropertyFilter.$Properties, string]>([
    ["tag", { tagFilter: { tagName: "x" } }, "Dataset cannot be filtered by Tag properties"],
    ["partition", { partitionFilter: {} }, "Dataset cannot be filtered by Partition properties"],
    ["artifact", { artifactFilter: {} }, "Dataset cannot be filtered by Artifact properties"],
    ["empty name", { datasetFilter: { name: "" } }, "missing name"],
  ])("datasets are not filtered by %s", async (_, filter, expected) => {
    await using catalog = await open();
    expect(await refusal(catalog.listDatasets({ filter: { filters: [filter] } }))).toBe(`INVALID_ARGUMENT: ${expected}`);
  });

  test.each(["x", "-1", "1.5"])("[%s] is no token", async (token) => {
    await using catalog = await open();
    expect(await refusal(catalog.listDatasets({ pagination: { limit: 1, token } }))).toBe(
      `INVALID_ARGUMENT: Invalid token value: ${token}`,
    );
  });
});

describe("reservations", () => {
  const start = Date.UTC(2024, 0, 2, 3, 4, 5);

  test("are held for three heartbeats, and then for who asks", async () => {
    await using catalog = await open();
    const first = await catalog.reserve("one", 2);
    expect([first?.ownerId, fromTimestamp(first?.expiresAt)]).toEqual(["one", start + 6000]);
    expect(first?.reservationId).toMatchObject({ datasetId: dataset, tagName: "tag" });
    catalog.clock.advance(6000);
    const early = await catalog.reserve("two", 2);
    expect([early?.ownerId, fromTimestamp(early?.expiresAt)]).toEqual(["one", start + 6000]);
    catalog.clock.advance(1);
    expect((await catalog.reserve("two", 2))?.ownerId).toBe("two");
    expect((await catalog.reserve("one", 2))?.ownerId).toBe("two");
  });

  test("are extended by their owner", async () => {
    await using catalog = await open();
    await catalog.reserve("one", 2);
    catalog.clock.advance(5000);
    expect(fromTimestamp((await catalog.reserve("one", 2))?.expiresAt)).toBe(start + 11_000);
    catalog.clock.advance(5000);
    expect((await catalog.reserve("two", 2))?.ownerId).toBe("one");
  });

  test.each([[undefined], [11], [100_000]])("last thirty seconds at most, asked for %s", async (seconds) => {
    await using catalog = await open();
    expect(fromTimestamp((await catalog.reserve("one", seconds))?.expiresAt)).toBe(start + 30_000);
  });

  test.each([[-1], [-1e9], [-250_000_000_000]])("for %s seconds are nothing to hold", async (seconds) => {
    await using catalog = await open();
    expect(await refusal(catalog.reserve("one", seconds))).toMatch(/^INVALID_ARGUMENT: invalid value for heartbeatInterval, value:\[-/);
    expect((await catalog.reserve("two", 2))?.ownerId).toBe("two");
  });

  test("end when their owner, and nobody else, releases them", async () => {
    await using catalog = await open();
    await catalog.reserve("one", 5);
    await catalog.release("two");
    expect((await catalog.reserve("two", 5))?.ownerId).toBe("one");
    await catalog.release("one");
    await catalog.release("one");
    expect((await catalog.reserve("two", 5))?.ownerId).toBe("two");
  });

  test("of different tags have nothing to do with each other", async () => {
    await using catalog = await open();
    await catalog.reserve("one", 5, "tag");
    expect((await catalog.reserve("two", 5, "other"))?.ownerId).toBe("two");
  });

  test("of many who ask at once go to one", async () => {
    await using catalog = await open();
    const held = await Promise.all(Array.from({ length: 20 }, (_, index) => catalog.reserve(`o${index}`, 5)));
    expect(new Set(held.map((one) => one?.ownerId)).size).toBe(1);
  });
});

describe("evicting a cached result", () => {
  const evict = (service: ServiceHandlers, key: string) => {
    const { DeleteCacheRequest } = flyteidl.cacheservice;
    return call(service, "Delete", DeleteCacheRequest, DeleteCacheRequest.encode({ key }).finish());
  };

  test("removes tag, artifact and values", async () => {
    await using catalog = await open();
    const cache = createCacheService(catalog.deps);
    const slashed = { ...dataset, name: "flyte_task-a/b" };
    await catalog.createDataset({ id: slashed });
    await catalog.createArtifact(artifactOf("a1", { o: 1 }, { dataset: slashed }));
    await catalog.addTag({ name: "tag", artifactId: "a1", dataset: slashed });
    await evict(cache, "p/d/flyte_task-a/b/1-a-b/tag");
    expect(await refusal(catalog.getArtifact({ artifactId: "a1" }))).toContain("NOT_FOUND");
    expect((await catalog.deps.blobs.list("s3://my-s3-bucket/metadata/")).items).toEqual([]);
    expect(await refusal(evict(cache, "p/d/flyte_task-a/b/1-a-b/tag"))).toBe("NOT_FOUND: missing entity of type Tag with identifier tag");
    expect(await refusal(evict(cache, "p/d/other/1-a-b/tag"))).toContain("NOT_FOUND: missing entity of type Dataset");
  });

  test("has happened though its values cannot be deleted", async () => {
    await using catalog = await open();
    await catalog.createDataset({ id: dataset });
    await catalog.createArtifact(artifactOf("a1", { o: 1 }));
    await catalog.addTag({ name: "tag", artifactId: "a1", dataset });
    await evict(createCacheService(withoutDeletes(catalog.deps)), "p/d/flyte_task-t/1-a-b/tag");
    expect(await refusal(catalog.getArtifact({ artifactId: "a1" }))).toContain("NOT_FOUND");
    expect(catalog.warnings).toEqual(["values of an artifact could not be deleted"]);
  });

  test.each(["", "p/d/n/v", "p/d//v/t", "/d/n/v/t", "p/d/n/v/"])("[%s] is no key", async (key) => {
    await using catalog = await open();
    expect(await refusal(evict(createCacheService(catalog.deps), key))).toContain(
      `INVALID_ARGUMENT: invalid value for key, value:[${key}]`,
    );
  });
});
