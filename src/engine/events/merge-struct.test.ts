import { expect, test } from "vitest";
import type { google } from "../../idl/flyteidl.ts";
import { mergeStruct } from "./merge-struct.ts";

type Json = null | number | string | boolean | Json[] | { [key: string]: Json };

const value = (json: Json): google.protobuf.Value.$Properties => {
  if (json === null) return { nullValue: 0 };
  if (typeof json === "number") return { numberValue: json };
  if (typeof json === "string") return { stringValue: json };
  if (typeof json === "boolean") return { boolValue: json };
  if (Array.isArray(json)) return { listValue: { values: json.map(value) } };
  return { structValue: struct(json) };
};
const struct = (json: { [key: string]: Json }): google.protobuf.Struct.$Properties => ({
  fields: Object.fromEntries(Object.entries(json).map(([key, one]) => [key, value(one)])),
});

// The cases of RFC 7396, appendix A, whose documents are objects.
test.for<[{ [key: string]: Json }, { [key: string]: Json }, { [key: string]: Json }]>([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("%j and %j", ([known, patch, merged]) => {
  expect(mergeStruct(struct(known), struct(patch))).toEqual(struct(merged));
});

test("nothing changes nothing", () => {
  expect(mergeStruct(undefined, undefined)).toBeUndefined();
  expect(mergeStruct(struct({ a: 1 }), undefined)).toEqual(struct({ a: 1 }));
});
