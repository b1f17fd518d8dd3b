import Long from "long";
import { describe, expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { Literal, TypedInterface } from "../../idl/types.ts";
import { datasetVersionParts, inputDifferences, interfaceDifferences } from "./cache-difference.ts";

const { SimpleType } = flyteidl.core;
const int = (value: number): Literal => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
const table = (uri: string, hash = ""): Literal => ({ scalar: { structuredDataset: { uri } }, hash });
const inputs = (...declared: readonly [string, keyof typeof SimpleType, string?][]): TypedInterface => ({
  inputs: {
    variables: Object.fromEntries(
      declared.map(([name, type, description = ""]) => [name, { type: { simple: SimpleType[type] }, description }]),
    ),
  },
});

test.each([
  ["1-jODZvQDG-z0j3rAT1", "1", "jODZvQDG", "z0j3rAT1"],
  ["a-b-c-jO-ZvQD_-z-j3rAT-", "a-b-c", "jO-ZvQD_", "z-j3rAT-"],
  ["odd", "odd", "", ""],
])("version %s", (version, cacheVersion, ins, outs) => {
  expect(datasetVersionParts(version)).toEqual({ cacheVersion, inputs: ins, outputs: outs });
});

describe("inputs", () => {
  const differing = (cached: Record<string, Literal>, current: Record<string, Literal>, ignored: string[] = []): unknown[] =>
    inputDifferences({ literals: cached }, { literals: current }, ignored).map(({ what, name, cached: old, current: now }) => [
      what,
      name,
      old,
      now,
    ]);

  test("that are equal do not differ, whatever their order", () => {
    expect(differing({ a: int(1), b: int(2) }, { b: int(2), a: int(1) })).toEqual([]);
  });
  test("each that differs is named with both values", () => {
    expect(differing({ a: int(1), b: int(2), c: int(3) }, { a: int(1), b: int(5), c: int(4) })).toEqual([
      ["input", "b", 2, 5],
      ["input", "c", 3, 4],
    ]);
  });
  test("one that only one run has is null for the other", () => {
    expect(differing({ a: int(1) }, { b: int(1) })).toEqual([
      ["input", "a", 1, null],
      ["input", "b", null, 1],
    ]);
  });
  test("ignored ones do not differ", () => {
    expect(differing({ a: int(1), b: int(2) }, { a: int(9), b: int(2) }, ["a"])).toEqual([]);
  });
  test("tables differ by their place, or by their hash alone", () => {
    expect(differing({ t: table("s3://b/1") }, { t: table("s3://b/2") })).toEqual([["input", "t", "s3://b/1", "s3://b/2"]]);
    expect(differing({ t: table("s3://b/1", "h") }, { t: table("s3://b/2", "h") })).toEqual([]);
    expect(differing({ t: table("s3://b/1", "h") }, { t: table("s3://b/1", "i") })).toEqual([["input", "t", "hash h", "hash i"]]);
  });
  test("a name such as constructor is an input like any other", () => {
    expect(differing({}, { constructor: int(1) })).toEqual([["input", "constructor", null, 1]]);
  });
});

describe("interfaces", () => {
  test.each<[string, TypedInterface, TypedInterface, unknown[]]>([
    ["equal", inputs(["a", "INTEGER"]), inputs(["a", "INTEGER"]), []],
    ["another type", inputs(["a", "INTEGER"]), inputs(["a", "STRING"]), [["input type", "a", "integer", "string"]]],
    ["one more", inputs(["a", "INTEGER"]), inputs(["a", "INTEGER"], ["b", "FLOAT"]), [["input type", "b", null, "float"]]],
    ["one less", inputs(["a", "INTEGER"], ["b", "FLOAT"]), inputs(["a", "INTEGER"]), [["input type", "b", "float", null]]],
    ["another description", inputs(["a", "INTEGER", "x"]), inputs(["a", "INTEGER", "y"]), [["input type", "a", '"x"', '"y"']]],
    ["an output", { outputs: inputs(["o0", "INTEGER"]).inputs ?? {} }, {}, [["output type", "o0", "integer", null]]],
  ])("%s", (_, cached, current, expected) => {
    expect(interfaceDifferences(cached, current).map(({ what, name, cached: old, current: now }) => [what, name, old, now])).toEqual(
      expected,
    );
  });

  test("types that read alike are told apart by their full text", () => {
    const enumOf = (format: string): TypedInterface => ({ outputs: { variables: { o0: { type: { blob: { format } } } } } });
    expect(interfaceDifferences(enumOf("csv"), enumOf("png"))).toEqual([
      { what: "output type", name: "o0", cached: 'blob:{format:"csv"}', current: 'blob:{format:"png"}' },
    ]);
  });
});
