import Long from "long";
import { describe, expect, test } from "vitest";
import { flyteidl } from "../idl/flyteidl.ts";
import { typeText } from "../idl/type-text.ts";
import type { Literal } from "../idl/types.ts";
import { literalFits, typeOfLiteral } from "./type-of-literal.ts";

const { SimpleType } = flyteidl.core;
const primitive = (value: flyteidl.core.Primitive.$Properties): Literal => ({ scalar: { primitive: value } });
const int = primitive({ integer: Long.fromNumber(1) });
const text = primitive({ stringValue: "" });
const list = (...literals: Literal[]): Literal => ({ collection: { literals } });
const map = (literals: Record<string, Literal>): Literal => ({ map: { literals } });
const unionInt: Literal = { scalar: { union: { value: int, type: { simple: SimpleType.INTEGER, structure: { tag: "int" } } } } };
const unionNone: Literal = {
  scalar: { union: { value: { scalar: { noneType: {} } }, type: { simple: SimpleType.NONE, structure: { tag: "none" } } } },
};

test.each<[string, Literal, string]>([
  ["integer", int, "simple:INTEGER"],
  ["zero float", primitive({ floatValue: 0 }), "simple:FLOAT"],
  ["empty string", text, "simple:STRING"],
  ["false", primitive({ boolean: false }), "simple:BOOLEAN"],
  ["datetime", primitive({ datetime: {} }), "simple:DATETIME"],
  ["duration", primitive({ duration: {} }), "simple:DURATION"],
  ["none", { scalar: { noneType: {} } }, "simple:NONE"],
  ["error", { scalar: { error: {} } }, "simple:ERROR"],
  ["struct", { scalar: { generic: {} } }, "simple: STRUCT structure{}"],
  ["msgpack", { scalar: { binary: { tag: "msgpack" } } }, "simple: STRUCT structure{}"],
  ["other bytes", { scalar: { binary: { tag: "" } } }, "simple:BINARY"],
  ["blob", { scalar: { blob: { metadata: { type: { format: "csv" } } } } }, 'blob:{format:"csv"}'],
  ["schema", { scalar: { schema: { type: { columns: [{ name: "a" }] } } } }, 'schema:{columns:{name:"a"}}'],
  [
    "dataset",
    { scalar: { structuredDataset: { metadata: { structuredDatasetType: { format: "parquet" } } } } },
    'structured_dataset_type:{format:"parquet"}',
  ],
  ["dataset without metadata", { scalar: { structuredDataset: {} } }, "structured_dataset_type:{}"],
  ["union", unionInt, 'union_type:{variants:{simple:INTEGER structure:{tag:"int"}}}'],
  ["offloaded", { offloadedMetadata: { inferredType: { simple: SimpleType.FLOAT } } }, "simple:FLOAT"],
  ["empty list", list(), "collection_type:{simple:NONE}"],
  ["empty map", map({}), "map_value_type:{simple:NONE}"],
  ["list", list(int, int), "collection_type:{simple:INTEGER}"],
  ["mixed list", list(text, int), "collection_type:{union_type:{variants:{simple:INTEGER} variants:{simple:STRING}}}"],
  ["mixed map", map({ a: int, b: text }), "map_value_type:{union_type:{variants:{simple:INTEGER} variants:{simple:STRING}}}"],
  ["empty lists in a list", list(list(), list(int)), "collection_type:{collection_type:{simple:INTEGER}}"],
  ["nothing but empty lists", list(list(), list()), "collection_type:{collection_type:{simple:NONE}}"],
  [
    "lists of unions are merged",
    list(list(int, text), list(int)),
    "collection_type:{collection_type:{union_type:{variants:{collection_type:{simple:INTEGER}} variants:{simple:INTEGER} variants:{simple:STRING}}}}",
  ],
])("%s", (_, literal, expected) => {
  expect(typeText(typeOfLiteral(literal))).toBe(expected);
});

test.each<[string, Literal | undefined]>([
  ["no literal", undefined],
  ["an unset literal", {}],
  ["a blob without metadata", { scalar: { blob: { uri: "s3://b/k" } } }],
  ["a list with such", list(int, {})],
])("%s shows no type", (_, literal) => {
  expect(typeOfLiteral(literal)).toBeUndefined();
  expect(literalFits(literal, { simple: SimpleType.INTEGER })).toBe(false);
});

describe("fits", () => {
  const optional = {
    unionType: {
      variants: [
        { simple: SimpleType.INTEGER, structure: { tag: "int" } },
        { simple: SimpleType.NONE, structure: { tag: "none" } },
      ],
    },
  };

  test.each<[string, Literal, Parameters<typeof literalFits>[1], boolean]>([
    ["an int for an int", int, { simple: SimpleType.INTEGER }, true],
    ["a text for an int", text, { simple: SimpleType.INTEGER }, false],
    ["a union's int for an optional int", unionInt, optional, true],
    ["a plain int for an optional int", int, optional, true],
    ["a union's text for an optional int", { scalar: { union: { value: text, type: { simple: SimpleType.STRING } } } }, optional, false],
    ["a list of both variants", list(unionInt, unionNone), { collectionType: optional }, true],
    [
      "a dataclass for an untyped dict",
      { scalar: { binary: { tag: "msgpack" } } },
      { simple: SimpleType.STRUCT, metadata: { fields: {} } },
      true,
    ],
  ])("%s", (_, literal, type, expected) => {
    expect(literalFits(literal, type)).toBe(expected);
  });
});
