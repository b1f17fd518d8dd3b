import Long from "long";
import { expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import { literalsValue } from "../../idl/literals/literal-value.ts";
import type { LiteralType } from "../../idl/types.ts";
import { outputsOfValues } from "./literal-of-value.ts";

const { SimpleType: simple } = flyteidl.core;
const of = (name: keyof typeof simple): LiteralType => ({ simple: simple[name] });
const list = (collectionType: LiteralType): LiteralType => ({ collectionType });
const map = (mapValueType: LiteralType): LiteralType => ({ mapValueType });
const union = (...variants: LiteralType[]): LiteralType => ({ unionType: { variants } });
const declared = (type: LiteralType) => ({ outputs: { variables: { o0: { type } } } });
/** Through the wire, as flytekit reads it. */
const written = (value: unknown, type: LiteralType) =>
  flyteidl.core.LiteralMap.decode(flyteidl.core.LiteralMap.encode(outputsOfValues(declared(type), { o0: value })).finish());

test.each([
  [of("INTEGER"), 5, 5],
  [of("INTEGER"), 9223372036854775807n, "9223372036854775807"],
  [of("FLOAT"), 1, 1],
  [of("STRING"), "5", "5"],
  [of("BOOLEAN"), false, false],
  [of("DATETIME"), new Date("2026-01-02T03:04:05.006Z"), "2026-01-02T03:04:05.006Z"],
  [of("DATETIME"), "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"],
  [of("DURATION"), "1.5s", "1.5s"],
  [of("NONE"), null, null],
  [of("STRUCT"), { a: [1, { b: null }] }, { a: [1, { b: null }] }],
  [list(of("INTEGER")), [], []],
  [list(map(of("STRING"))), [{ a: "b" }], [{ a: "b" }]],
  [{ enumType: { values: ["red", "green"] } }, "green", "green"],
  [union(of("INTEGER"), of("NONE")), null, null],
  [union(of("INTEGER"), of("STRING")), "5", "5"],
  [{ blob: { dimensionality: 1 } }, "s3://b/k", "s3://b/k"],
  [{ structuredDatasetType: { format: "parquet" } }, "s3://b/k", "s3://b/k"],
] as const)("as %o, %o is read back as %o", (type, value, read) => {
  expect(literalsValue(written(value, type as LiteralType))).toEqual({ o0: read });
});

test("an integer is written with its 64 bits, and a variant of a union with its type", () => {
  expect(written(-9223372036854775808n, of("INTEGER")).literals?.["o0"]?.scalar?.primitive?.integer).toEqual(Long.MIN_VALUE);
  expect(written(5, union(of("STRING"), of("INTEGER"))).literals?.["o0"]?.scalar?.union?.type?.simple).toBe(simple.INTEGER);
});

test.each([
  [of("INTEGER"), 1.5, "output o0: 1.5 is no simple:INTEGER"],
  [of("INTEGER"), "5", 'output o0: "5" is no simple:INTEGER'],
  [of("STRING"), 5, "output o0: 5 is no simple:STRING"],
  [of("STRING"), undefined, "output o0: undefined is no simple:STRING"],
  [list(of("INTEGER")), [1, "b"], 'output o0[1]: "b" is no simple:INTEGER'],
  [map(of("INTEGER")), { a: { b: 1 } }, 'output o0.a: {"b":1} is no simple:INTEGER'],
  [{ enumType: { values: ["red"] } }, "blue", 'output o0: "blue" is no enum_type:{values:"red"}'],
  [union(of("INTEGER"), of("NONE")), true, "output o0: true is no "],
] as const)("as %o, %o is refused", (type, value, message) => {
  expect(() => written(value, type as LiteralType)).toThrow(new TypeError(message).message);
});

test("outputs are those that are declared, all of them", () => {
  expect(() => outputsOfValues(declared(of("STRING")), {})).toThrow("output o0: there is no value");
  expect(() => outputsOfValues(declared(of("STRING")), { o0: "a", o1: "b" })).toThrow("output o1: the task declares no such output");
  expect(outputsOfValues(undefined, {})).toEqual({ literals: {} });
});
