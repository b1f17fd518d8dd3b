import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import Long from "long";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { downloadInputs } from "../../../src/copilot/download-inputs.ts";
import type { MetadataFormat } from "../../../src/ports/container-data.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { structFromJson } from "../../../src/idl/json/well-known-from-json.ts";
import type { Literal } from "../../../src/idl/types.ts";
import { MemoryBlobStore } from "../../support/memory-blob-store.ts";

let directory: string;
let blobs: MemoryBlobStore;
const never = new AbortController().signal;
const uri = "s3://b/in/inputs.pb";

beforeEach(async () => {
  directory = path.join(await mkdtemp(path.join(os.tmpdir(), "flyte-copilot-")), "in");
  blobs = new MemoryBlobStore();
});
afterEach(() => rm(path.dirname(directory), { recursive: true, force: true }));

const primitive = (value: flyteidl.core.Primitive.$Properties): Literal => ({ scalar: { primitive: value } });
const blob = (at: string, dimensionality = 0): Literal => ({
  scalar: { blob: { metadata: { type: { format: "csv", dimensionality } }, uri: at } },
});

async function download(literals: Record<string, Literal>, format: MetadataFormat = "JSON"): Promise<void> {
  await blobs.put(uri, flyteidl.core.LiteralMap.encode({ literals }).finish());
  await downloadInputs(blobs, { inputUri: uri, directory, format }, never);
}

const text = (...at: readonly string[]): Promise<string> => readFile(path.join(directory, ...at), "utf8");

/** All files below the directory with their content, but inputs.*. */
async function tree(): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
  const own = files.filter((file) => !/^inputs\.(pb|json|yaml)$/.test(file)).sort();
  return Object.fromEntries(await Promise.all(own.map(async (file) => [file, await text(file)] as const)));
}

const values: Record<string, { readonly literal: Literal; readonly file: string; readonly json: unknown }> = {
  string: { literal: primitive({ stringValue: "a\n<b>" }), file: "a\n<b>", json: "a\n<b>" },
  empty: { literal: primitive({ stringValue: "" }), file: "", json: "" },
  yes: { literal: primitive({ boolean: true }), file: "true", json: true },
  no: { literal: primitive({ boolean: false }), file: "false", json: false },
  integer: { literal: primitive({ integer: Long.fromNumber(-7) }), file: "-7", json: -7 },
  float: { literal: primitive({ floatValue: 2.5e-7 }), file: "0.00000025", json: 2.5e-7 },
  whole: { literal: primitive({ floatValue: 1e21 }), file: "1000000000000000000000", json: 1e21 },
  time: {
    literal: primitive({ datetime: { seconds: Long.fromNumber(1_777_629_600), nanos: 250_000_000 } }),
    file: "2026-05-01T10:00:00.25Z",
    json: "2026-05-01T10:00:00.25Z",
  },
  duration: {
    literal: primitive({ duration: { seconds: Long.fromNumber(3601), nanos: 500_000_000 } }),
    file: "1h0m1.5s",
    json: 3_601_500_000_000,
  },
  none: { literal: { scalar: { noneType: {} } }, file: "null", json: null },
  nothing: { literal: primitive({}), file: "null", json: null },
  binary: { literal: { scalar: { binary: { value: Buffer.from("ab"), tag: "msgpack" } } }, file: "ab", json: "YWI=" },
  error: { literal: { scalar: { error: { message: "bad" } } }, file: "bad", json: "bad" },
  struct: {
    literal: { scalar: { generic: structFromJson({ b: [1, null], a: "x" }, "s", 9) } },
    file: '{"b":[1,null],"a":"x"}',
    json: { a: "x", b: [1, null] },
  },
  union: {
    literal: { scalar: { union: { value: primitive({ integer: Long.ONE }), type: { simple: 1 } } } },
    file: "1",
    json: 1,
  },
};

test.each(["JSON", "YAML", "PROTO"] as const)(
  "every kind of value has a file of its own, and they stand together in one: %s",
  async (format) => {
    await download(Object.fromEntries(Object.entries(values).map(([name, { literal }]) => [name, literal])), format);
    expect(await tree()).toEqual(Object.fromEntries(Object.entries(values).map(([name, { file }]) => [name, file])));
    const together = Object.fromEntries(Object.entries(values).map(([name, { json }]) => [name, json]));
    const name = { JSON: "inputs.json", YAML: "inputs.yaml", PROTO: undefined }[format];
    const found = (await readdir(directory)).filter((file) => file.startsWith("inputs.")).sort();
    expect(found).toEqual(name === undefined ? ["inputs.pb"] : [name, "inputs.pb"].sort());
    if (name !== undefined) expect(parse(await text(name))).toEqual(together);
    const map = flyteidl.core.LiteralMap.decode(await readFile(path.join(directory, "inputs.pb")));
    expect(Object.keys(map.literals ?? {}).sort()).toEqual(Object.keys(values).sort());
    expect(map.literals?.["integer"]?.scalar?.primitive?.integer?.toString()).toBe("-7");
  },
);

test.each(["JSON", "YAML"] as const)("an integer beyond what floats hold keeps its digits: %s", async (format) => {
  await download({ n: primitive({ integer: Long.MAX_VALUE }) }, format);
  expect(await text("n")).toBe("9223372036854775807");
  expect(await text(`inputs.${format.toLowerCase()}`)).toMatch(/^\{?"?n"?: ?9223372036854775807\}?\n?$/);
});

test("lists and maps are directories, at any depth", async () => {
  const one = primitive({ integer: Long.ONE });
  await download({
    list: { collection: { literals: [one, { collection: { literals: [one] } }] } },
    map: { map: { literals: { k: primitive({ stringValue: "v" }), deep: { map: { literals: {} } } } } },
    empty: { collection: { literals: [] } },
  });
  expect(await tree()).toEqual({ "list/0": "1", "list/1/0": "1", "map/k": "v" });
  expect((await readdir(directory)).sort()).toEqual(["empty", "inputs.json", "inputs.pb", "list", "map"]);
  expect(JSON.parse(await text("inputs.json"))).toEqual({ list: [1, [1]], map: { k: "v", deep: {} }, empty: [] });
});

test("blobs are files or directories, and messages name their paths", async () => {
  for (const [name, content] of Object.entries({
    "one.csv": "1",
    "dir/a": "2",
    "dir/deep/b": "3",
    "directory/no": "4",
    "dir/marker/": "",
  })) {
    await blobs.put(`s3://b/raw/${name}`, Buffer.from(content));
  }
  await download({
    file: blob("s3://b/raw/one.csv"),
    dir: blob("s3://b/raw/dir", 1),
    list: { collection: { literals: [blob("s3://b/raw/dir/a")] } },
    schema: { scalar: { schema: { uri: "s3://b/raw/dir/", type: {} } } },
    none: blob("s3://b/raw/absent", 1),
  });
  expect(await tree()).toEqual({ file: "1", "dir/a": "2", "dir/deep/b": "3", "list/0": "2", "schema/a": "2", "schema/deep/b": "3" });
  expect((await readdir(path.join(directory, "none"))).length).toBe(0);
  const at = (name: string): string => path.join(directory, name);
  const [file, dir, list, schema, none] = [at("file"), at("dir"), [at("list/0")], at("schema"), at("none")];
  expect(JSON.parse(await text("inputs.json"))).toEqual({ file, dir, list, schema, none });
  const { literals } = flyteidl.core.LiteralMap.decode(await readFile(at("inputs.pb")));
  expect(literals?.["file"]?.scalar?.blob).toMatchObject({ uri: file, metadata: { type: { format: "csv" } } });
  expect(literals?.["dir"]?.scalar?.blob).toMatchObject({ uri: dir, metadata: { type: { dimensionality: 1 } } });
});

test("a literal that is kept beside its map is fetched", async () => {
  await blobs.put("s3://b/big.pb", flyteidl.core.Literal.encode(primitive({ stringValue: "large" })).finish());
  await download({ big: { offloadedMetadata: { uri: "s3://b/big.pb" } } });
  expect(await text("big")).toBe("large");
});

test("a file of the web is fetched; one that is not there fails", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/there" ? 200 : 404;
    response.end("of the web");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the server has no port");
    const base = `http://127.0.0.1:${address.port}`;
    await download({ file: blob(`${base}/there`) });
    expect(await text("file")).toBe("of the web");
    await expect(download({ file: blob(`${base}/absent`) })).rejects.toThrow(
      `Failed to download from url :${base}/absent: it answered 404`,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

const failed = "failed to download input variable from remote store: variable [x] download/store failed: ";

test.each<[string, Literal, string]>([
  ["a file that is not there", blob("s3://b/raw/absent"), `${failed}incorrect blob reference, does not exist`],
  ["a structured dataset", { scalar: { structuredDataset: { uri: "s3://b/x" } } }, `${failed}unsupported scalar type [structuredDataset]`],
  ["no value at all", {}, `${failed}unsupported literal type [none]`],
  [
    "a float that is no number in JSON",
    primitive({ floatValue: NaN }),
    `${failed}failed to marshal out inputs: json: unsupported value: NaN`,
  ],
  ["a name that leads elsewhere", { map: { literals: { "../../out": primitive({}) } } }, "[../../out] cannot be the name of a file"],
  ["a name that is a place", { map: { literals: { "..": primitive({}) } } }, "[..] cannot be the name of a file"],
  ["a path in a name", { map: { literals: { "a/b": primitive({}) } } }, "[a/b] cannot be the name of a file"],
])("%s fails with its name", async (_, literal, message) => {
  await expect(download({ x: literal })).rejects.toThrow(message);
  expect(await readdir(path.dirname(directory))).toEqual(["in"]);
});

test("an object whose key leads out of its directory is refused", async () => {
  await blobs.put("s3://b/raw/dir/../../escaped", Buffer.from("x"));
  await expect(download({ x: blob("s3://b/raw/dir", 1) })).rejects.toThrow("[..] cannot be the name of a file");
});

test("inputs that are not there fail, and so does what takes too long", async () => {
  await expect(downloadInputs(blobs, { inputUri: uri, directory, format: "JSON" }, never)).rejects.toThrow(
    "failed to download input metadata message from remote store: ",
  );
  await blobs.put(uri, flyteidl.core.LiteralMap.encode({ literals: { x: primitive({}) } }).finish());
  const late = AbortSignal.abort(new Error("it was not done after 1s"));
  await expect(downloadInputs(blobs, { inputUri: uri, directory, format: "JSON" }, late)).rejects.toThrow(
    "failed to download input variable from remote store: it was not done after 1s",
  );
});
