import Long from "long";
import { describe, expect, test } from "vitest";
import { flyteidl } from "./flyteidl.ts";
import type { Literal, LiteralMap, VariableMap } from "./types.ts";
import { cacheKeys, cacheTag, datasetVersion } from "./cache-key.ts";

const { SimpleType } = flyteidl.core;
const int = (value: number): Literal => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
const text = (stringValue: string): Literal => ({ scalar: { primitive: { stringValue } } });
const of = (literals: Record<string, Literal>): LiteralMap => ({ literals });
const variables = (types: Record<string, keyof typeof SimpleType>): VariableMap => ({
  variables: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type: { simple: SimpleType[type] } }])),
});

describe("tags", () => {
  const oneAndTwo = "flyte_cached-GQid5LjHbakcW68DS3P2jp80QLbiF0olFHF2hTh5bg8";

  test("the order of inputs does not count", () => {
    expect(cacheTag(of({ 1: int(1), 2: int(2) }), [])).toBe(oneAndTwo);
    expect(cacheTag(of({ 2: int(2), 1: int(1) }), [])).toBe(oneAndTwo);
  });

  test("ignored inputs do not count", () => {
    expect(cacheTag(of({ 1: int(1), 2: int(2), 3: int(3) }), ["3", "not there"])).toBe(oneAndTwo);
    expect(cacheTag(of({ 1: int(1), 2: int(2), 3: int(3) }), [])).not.toBe(oneAndTwo);
  });

  test.each<[string, LiteralMap, string[]]>([
    ["none", {}, []],
    ["an empty map", of({}), []],
    ["all ignored", of({ a: int(1) }), ["a"]],
  ])("no inputs: %s", (_, inputs, ignored) => {
    expect(cacheTag(inputs, ignored)).toBe("flyte_cached-GKw-c0PwFokMUQ6T-TUmEWnZ4_VlQ2Qpgw-vCTT0-OQ");
  });

  test("a text", () => {
    expect(cacheTag(of({ out1: text("output1-stringval") }), [])).toBe("flyte_cached-BE6CZsMk6N3ExR_4X9EuwBgj2Jh2UwasXK3a_pM9xlY");
  });
});

describe("literals with a hash of their own", () => {
  const hashed = "flyte_cached-6zv47jns9Mzs_ZhUuIuifS_FYqLhCpudWUPN7PH9h4o";
  const frame = (uri: string, hash = ""): Literal => ({ scalar: { structuredDataset: { uri } }, hash });
  const list = (...literals: Literal[]): Literal => ({ collection: { literals } });
  const tag = (x: Literal): string => cacheTag(of({ x }), []);

  test.each<[string, Literal]>([
    ["a scalar", { ...int(1), hash: "abcde" }],
    ["a list", { ...list(int(1)), hash: "abcde" }],
    ["a map", { map: of({ a: int(1) }), hash: "abcde", metadata: { k: "v" } }],
    ["an offloaded one", { offloadedMetadata: { uri: "s3://b/k" }, hash: "abcde" }],
  ])("%s counts by it alone", (_, literal) => {
    expect(tag(literal)).toBe(hashed);
  });

  test("within lists and maps", () => {
    expect(tag(list(frame("one", "h1"), frame("two")))).toBe(tag(list(frame("other", "h1"), frame("two"))));
    expect(tag(list(frame("one", "h1"), frame("two")))).not.toBe(tag(list(frame("one", "h1"), frame("three"))));
    const nested = (uri: string): Literal => ({ map: of({ a: list({ map: of({ b: frame(uri, "h1") }) }) }) });
    expect(tag(nested("one"))).toBe(tag(nested("other")));
    expect(tag(list(frame("one", "h1")))).not.toBe(tag(list(frame("one", "h2"))));
  });

  test("not within unions", () => {
    const union = (uri: string): Literal => ({ scalar: { union: { value: frame(uri, "h1"), type: { simple: SimpleType.NONE } } } });
    expect(tag(union("one"))).not.toBe(tag(union("other")));
  });

  test("metadata count on scalars, not on lists and maps", () => {
    const metadata = { k: "v" };
    expect(tag({ ...int(1), metadata })).not.toBe(tag(int(1)));
    expect(tag({ ...list(int(1)), metadata })).toBe(tag(list(int(1))));
    expect(tag({ map: of({}), metadata })).toBe(tag({ map: of({}) }));
  });
});

describe("dataset versions", () => {
  test.each<[string, VariableMap | null, VariableMap | null, string]>([
    ["nothing", null, null, "1.0.0-GKw-c0Pw-GKw-c0Pw"],
    ["empty maps", {}, { variables: {} }, "1.0.0-GKw-c0Pw-GKw-c0Pw"],
    ["inputs", variables({ 1: "INTEGER", 2: "INTEGER" }), {}, "1.0.0-UxVtPm0k-GKw-c0Pw"],
    ["both", variables({ test: "STRING" }), variables({ test: "STRING" }), "1.0.0-ue5g6uuI-ue5g6uuI"],
    ["different", variables({ a: "INTEGER" }), variables({ o0: "STRING" }), "1.0.0-rJudYX8l-zCZxwZgs"],
  ])("%s", (_, inputs, outputs, expected) => {
    expect(datasetVersion(" 1.0.0\t", { inputs, outputs })).toBe(expected);
  });

  test.each(["", "  "])("[%s] is no cache version", (version) => {
    expect(() => datasetVersion(version, {})).toThrow(expect.objectContaining({ status: "INVALID_ARGUMENT" }));
  });
});

test("dataset and tag of a task", () => {
  const keys = cacheKeys({
    task: { project: "p", domain: "d", name: "pkg.task", version: "v9" },
    cacheVersion: "1.0.0",
    interface: {},
    inputs: of({ 1: int(1), 2: int(2), 3: int(3) }),
    ignoredInputs: ["3"],
  });
  expect(keys).toEqual({
    datasetId: { project: "p", domain: "d", name: "flyte_task-pkg.task", version: "1.0.0-GKw-c0Pw-GKw-c0Pw" },
    tag: "flyte_cached-GQid5LjHbakcW68DS3P2jp80QLbiF0olFHF2hTh5bg8",
  });
});
