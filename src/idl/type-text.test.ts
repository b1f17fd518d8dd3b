import { expect, test } from "vitest";
import { flyteidl } from "./flyteidl.ts";
import { identifierText, protoText, typeText } from "./type-text.ts";
import type { LiteralType } from "./types.ts";

const { SimpleType, SchemaType } = flyteidl.core;
const int: LiteralType = { simple: SimpleType.INTEGER };
const decoded = (type: LiteralType): LiteralType => flyteidl.core.LiteralType.decode(flyteidl.core.LiteralType.encode(type).finish());

test.each<[LiteralType, string]>([
  [int, "simple:INTEGER"],
  [{ simple: SimpleType.NONE }, "simple:NONE"],
  [{}, ""],
  [{ collectionType: { mapValueType: int } }, "collection_type:{map_value_type:{simple:INTEGER}}"],
  [{ blob: {} }, "blob:{}"],
  [
    { blob: { format: "csv", dimensionality: flyteidl.core.BlobType.BlobDimensionality.MULTIPART } },
    'blob:{format:"csv" dimensionality:MULTIPART}',
  ],
  [{ enumType: { values: ["a", 'b"\n'] } }, 'enum_type:{values:"a" values:"b\\"\\n"}'],
  [
    { schema: { columns: [{ name: "a" }, { name: "b", type: SchemaType.SchemaColumn.SchemaColumnType.FLOAT }] } },
    'schema:{columns:{name:"a"} columns:{name:"b" type:FLOAT}}',
  ],
  [
    { structuredDatasetType: { columns: [{ name: "a", literalType: int }], format: "parquet" } },
    'structured_dataset_type:{columns:{name:"a" literal_type:{simple:INTEGER}} format:"parquet"}',
  ],
  [
    {
      unionType: {
        variants: [
          { ...int, structure: { tag: "int" } },
          { simple: SimpleType.NONE, structure: { tag: "none" } },
        ],
      },
    },
    'union_type:{variants:{simple:INTEGER structure:{tag:"int"}} variants:{simple:NONE structure:{tag:"none"}}}',
  ],
  [
    { simple: SimpleType.STRUCT, structure: { dataclassType: { b: int, a: { simple: SimpleType.STRING } } } },
    "simple: STRUCT structure{dataclass_type:{key:a value:{simple:STRING}, dataclass_type:{key:b value:{simple:INTEGER}}",
  ],
  [{ simple: SimpleType.STRUCT, metadata: { fields: {} } }, "simple: STRUCT structure{}"],
  [{ ...int, metadata: { fields: { k: { boolValue: false } } } }, 'simple:INTEGER metadata:{fields:{key:"k" value:{bool_value:false}}}'],
])("%j is printed as %s", (type, expected) => {
  expect(typeText(decoded(type))).toBe(expected);
});

test("no type is None", () => {
  expect(typeText(null)).toBe("None");
});

test("a STRUCT's protobuf text has all of it", () => {
  const type: LiteralType = { simple: SimpleType.STRUCT, metadata: { fields: { k: { numberValue: 1.5 } } }, structure: { tag: "t" } };
  expect(protoText(type)).toBe('simple:STRUCT metadata:{fields:{key:"k" value:{number_value:1.5}}} structure:{tag:"t"}');
});

test("identifiers", () => {
  expect(identifierText({ resourceType: flyteidl.core.ResourceType.TASK, project: "p", domain: "d", name: "n", version: "v" })).toBe(
    'resource_type:TASK project:"p" domain:"d" name:"n" version:"v"',
  );
});
