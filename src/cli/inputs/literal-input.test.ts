import Long from "long";
import { expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { Literal, LiteralType } from "../../idl/types.ts";
import { literalValue } from "../../idl/literals/literal-value.ts";
import { parseYaml } from "./parse-yaml.ts";
import { literalInput } from "./literal-input.ts";

const { SimpleType: simple } = flyteidl.core;
const of = (name: keyof typeof simple): LiteralType => ({ simple: simple[name] });
const list = (type: LiteralType): LiteralType => ({ collectionType: type });
const map = (type: LiteralType): LiteralType => ({ mapValueType: type });
const union = (...variants: LiteralType[]): LiteralType => ({ unionType: { variants } });
const msgpackStruct: LiteralType = {
  simple: simple.STRUCT,
  annotation: {
    annotations: { fields: { "cache-key-metadata": { structValue: { fields: { "serialization-format": { stringValue: "msgpack" } } } } } },
  },
};
const file: LiteralType = { blob: { format: "csv", dimensionality: 0 } };
const directory: LiteralType = { blob: { dimensionality: 1 } };

const uploads: [string, string][] = [];
const context = {
  parseYaml,
  upload: async (path: string, kind: string) => {
    uploads.push([path, kind]);
    return `s3://up/${path}`;
  },
};
const fromText = (text: string, type: LiteralType): Promise<Literal> => literalInput("x", text, type, true, context);
const fromFile = async (yaml: string, type: LiteralType): Promise<Literal> =>
  literalInput("x", await parseYaml(yaml), type, false, context);
/** Through the wire, as the deployment gets it. */
const sent = (literal: Literal) => flyteidl.core.Literal.decode(flyteidl.core.Literal.encode(literal).finish());

test.each([
  ["-9223372036854775808", Long.MIN_VALUE],
  ["9223372036854775807", Long.MAX_VALUE],
  ["+5", Long.fromNumber(5)],
])("the integer %s keeps its 64 bits", async (text, integer) => {
  expect(sent(await fromText(text, of("INTEGER"))).scalar?.primitive?.integer).toEqual(integer);
  expect(sent(await fromFile(text.replace("+", ""), of("INTEGER"))).scalar?.primitive?.integer).toEqual(integer);
});

test.each([
  ["FLOAT", "0.5", 0.5],
  ["FLOAT", "-1e3", -1000],
  ["FLOAT", "3", 3],
  ["FLOAT", "inf", "Infinity"],
  ["FLOAT", "nan", "NaN"],
  ["STRING", "", ""],
  ["STRING", "true", "true"],
  ["STRING", "[1, 2]", "[1, 2]"],
  ["BOOLEAN", "yes", true],
  ["BOOLEAN", "False", false],
  ["BOOLEAN", "0", false],
  ["DATETIME", "2026-01-31", "2026-01-31T00:00:00.000Z"],
  ["DATETIME", "2026-01-31T01:00:00+02:00", "2026-01-30T23:00:00.000Z"],
  ["DATETIME", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"],
  ["DURATION", "1h30m", "5400s"],
  ["DURATION", "-1.5s", "-1.5s"],
  ["DURATION", "1d2ms", "86400.002s"],
  ["NONE", "null", null],
] as const)("%s %j of a flag is %j", async (type, text, value) => {
  expect(literalValue(sent(await fromText(text, of(type))))).toEqual(value);
});

test("nanoseconds of datetimes and durations are kept", async () => {
  const datetime = sent(await fromText("2026-01-02T03:04:05.123456789Z", of("DATETIME"))).scalar?.primitive?.datetime;
  expect(datetime).toMatchObject({ seconds: Long.fromNumber(1767323045), nanos: 123456789 });
  const duration = sent(await fromText("1.000000001s", of("DURATION"))).scalar?.primitive?.duration;
  expect(duration).toMatchObject({ seconds: Long.ONE, nanos: 1 });
});

test.each([
  ["INTEGER", "1.5"],
  ["INTEGER", "9223372036854775808"],
  ["INTEGER", "x"],
  ["FLOAT", "1,5"],
  ["BOOLEAN", "maybe"],
  ["DATETIME", "yesterday"],
  ["DATETIME", "2026-02-31"],
  ["DATETIME", "2026-01-01T25:00:00Z"],
  ["DURATION", "5"],
  ["DURATION", "1h 30m"],
  ["DURATION", ""],
  ["NONE", "something"],
  ["STRUCT", "{"],
  ["STRUCT", "3"],
] as const)("%s %j of a flag is refused with its expected form", async (type, text) => {
  await expect(fromText(text, of(type))).rejects.toMatchObject({
    code: "INPUT_INVALID",
    blame: "usage",
    hint: expect.stringContaining("--input 'x="),
  });
});

test.each([
  ["STRING", "5"],
  ["STRING", "true"],
  ["INTEGER", '"5"'],
  ["INTEGER", "5.5"],
  ["BOOLEAN", '"true"'],
  ["BOOLEAN", "1"],
] as const)("a file's value of another type is not converted: %s of %s", async (type, yaml) => {
  await expect(fromFile(yaml, of(type))).rejects.toMatchObject({ code: "INPUT_INVALID" });
});

test.each([
  [list(of("INTEGER")), "[1, 2]", [1, 2]],
  [list(of("INTEGER")), "[]", []],
  [list(list(of("STRING"))), '[["a"], []]', [["a"], []]],
  [map(of("FLOAT")), "{a: 1, b: 0.5}", { a: 1, b: 0.5 }],
  [{ enumType: { values: ["red", "green"] } }, "green", "green"],
  [of("STRUCT"), '{"a": {"b": [1, null, true]}}', { a: { b: [1, null, true] } }],
  [msgpackStruct, '{"a": {"b": [1, null, 0.5]}}', { a: { b: [1, null, 0.5] } }],
  [union(of("INTEGER"), of("STRING")), "5", 5],
  [union(of("STRING"), of("INTEGER")), "5", 5],
  [union(of("STRING"), of("INTEGER")), "five", "five"],
  [union(of("STRING"), of("NONE")), "null", null],
  [union(of("STRING"), of("NONE")), "", ""],
  [union(list(of("INTEGER")), of("NONE")), "[3]", [3]],
] as const)("%j takes %s", async (type, text, value) => {
  expect(literalValue(sent(await fromText(text, type as LiteralType)))).toEqual(value);
});

test("dataclasses go as MessagePack, byte for byte as Python's msgpack writes them", async () => {
  const literal = await fromText('{"a": 5, "b": "yy"}', msgpackStruct);
  // msgpack.dumps({"a": 5, "b": "yy"}).hex()
  expect(Buffer.from(literal.scalar?.binary?.value ?? []).toString("hex")).toBe("82a16105a162a27979");
  expect(literal.scalar?.binary?.tag).toBe("msgpack");
});

test("any key of a map is kept", async () => {
  const literal = sent(await fromText('{"__proto__": 1, "constructor": 2}', map(of("INTEGER"))));
  expect(Object.keys(literal.map?.literals ?? {}).sort()).toEqual(["__proto__", "constructor"]);
});

test("an error inside a value says where", async () => {
  await expect(fromText('{"a": [1, "b"]}', map(list(of("INTEGER"))))).rejects.toThrow('input x.a[1]: expected integer, got "b"');
});

test("URIs are taken as they are, local paths are uploaded, with the type's format", async () => {
  uploads.length = 0;
  expect((await fromText("gs://b/k", file)).scalar?.blob).toEqual({ uri: "gs://b/k", metadata: { type: file.blob } });
  expect((await fromText("./data.csv", file)).scalar?.blob?.uri).toBe("s3://up/./data.csv");
  expect((await fromText("dir", directory)).scalar?.blob?.uri).toBe("s3://up/dir");
  expect(uploads).toEqual([
    ["./data.csv", "file"],
    ["dir", "directory"],
  ]);
  expect((await fromText("s3://b/x.parquet", { structuredDatasetType: {} })).scalar?.structuredDataset).toMatchObject({
    uri: "s3://b/x.parquet",
    metadata: { structuredDatasetType: { format: "parquet" } },
  });
});

test("a union keeps the variant it chose", async () => {
  const literal = await fromText("5", union(of("NONE"), { simple: simple.INTEGER, structure: { tag: "int" } }));
  expect(literal.scalar?.union?.type?.structure?.tag).toBe("int");
});
