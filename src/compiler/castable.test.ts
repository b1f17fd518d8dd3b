import { describe, expect, test } from "vitest";
import { flyteidl } from "../idl/flyteidl.ts";
import type { google } from "../idl/flyteidl.ts";
import type { LiteralType } from "../idl/types.ts";
import { castable } from "./castable.ts";

const { SimpleType } = flyteidl.core;
const { BlobDimensionality } = flyteidl.core.BlobType;
const columnTypes = flyteidl.core.SchemaType.SchemaColumn.SchemaColumnType;

const simple = (name: keyof typeof SimpleType, tag?: string): LiteralType => ({
  simple: SimpleType[name],
  ...(tag === undefined ? {} : { structure: { tag } }),
});
const list = (element: LiteralType): LiteralType => ({ collectionType: element });
const map = (value: LiteralType): LiteralType => ({ mapValueType: value });
const union = (...variants: LiteralType[]): LiteralType => ({ unionType: { variants } });
const enumeration = (...values: string[]): LiteralType => ({ enumType: { values } });
const blob = (format = "", dimensionality = BlobDimensionality.SINGLE): LiteralType => ({ blob: { format, dimensionality } });
const schema = (columns: Readonly<Record<string, keyof typeof columnTypes>> = {}): LiteralType => ({
  schema: { columns: Object.entries(columns).map(([name, type]) => ({ name, type: columnTypes[type] })) },
});
const dataset = (columns: Readonly<Record<string, LiteralType>> = {}, format = ""): LiteralType => ({
  structuredDatasetType: { columns: Object.entries(columns).map(([name, literalType]) => ({ name, literalType })), format },
});

const int = simple("INTEGER");
const float = simple("FLOAT");
const string = simple("STRING");
const none = simple("NONE");
const struct = simple("STRUCT");

const names = ["INTEGER", "FLOAT", "STRING", "BOOLEAN", "DATETIME", "DURATION", "BINARY", "ERROR", "STRUCT"] as const;

describe("every kind of type against every other", () => {
  const types: Record<string, LiteralType> = { NONE: none, "[NONE]": list(none), "{NONE}": map(none) };
  for (const name of names) {
    types[name] = simple(name);
    types[`[${name}]`] = list(simple(name));
    types[`{${name}}`] = map(simple(name));
    types[`${name}|NONE`] = union(simple(name), none);
    types[`(${name})`] = union(simple(name));
  }
  Object.assign(types, {
    "enum xy": enumeration("x", "y"),
    "enum mn": enumeration("m", "n"),
    blob: blob(),
    "blob csv": blob("csv"),
    "blob pdf": blob("pdf"),
    schema: schema(),
    "schema a:int": schema({ a: "INTEGER" }),
    "schema a:float": schema({ a: "FLOAT" }),
    dataset: dataset(),
    "dataset a:int": dataset({ a: int }),
    "dataset csv": dataset({}, "csv"),
  });

  // Written from the rules, without a look at the code: what each type may be given for.
  const accepted: Record<string, string[]> = {
    NONE: ["NONE", "dataset", "dataset a:int", "dataset csv", ...names.map((name) => `${name}|NONE`)],
    "[NONE]": ["[NONE]", ...names.map((name) => `[${name}]`)],
    "{NONE}": ["{NONE}", ...names.map((name) => `{${name}}`)],
    "enum xy": ["enum xy", "STRING", "STRING|NONE", "(STRING)"],
    "enum mn": ["enum mn", "STRING", "STRING|NONE", "(STRING)"],
    blob: ["blob", "blob csv", "blob pdf"],
    "blob csv": ["blob", "blob csv"],
    "blob pdf": ["blob", "blob pdf"],
    schema: ["schema", "schema a:int", "schema a:float", "dataset", "dataset a:int"],
    "schema a:int": ["schema", "schema a:int", "dataset", "dataset a:int"],
    "schema a:float": ["schema", "schema a:float", "dataset"],
    dataset: ["schema", "schema a:int", "schema a:float", "dataset", "dataset a:int", "dataset csv"],
    "dataset a:int": ["schema", "schema a:int", "dataset", "dataset a:int", "dataset csv"],
    "dataset csv": ["dataset", "dataset a:int", "dataset csv"],
  };
  for (const name of names) {
    const enums = name === "STRING" ? ["enum xy", "enum mn"] : [];
    accepted[name] = [name, `${name}|NONE`, `(${name})`, ...enums];
    accepted[`(${name})`] = [name, `${name}|NONE`, `(${name})`, ...enums];
    accepted[`${name}|NONE`] = [`${name}|NONE`];
    accepted[`[${name}]`] = [`[${name}]`];
    accepted[`{${name}}`] = [`{${name}}`];
  }

  test.each(Object.keys(types))("%s", (upstream) => {
    const taken = Object.keys(types).filter((downstream) => castable(types[upstream], types[downstream]));
    expect(taken.sort()).toEqual([...(accepted[upstream] ?? [])].sort());
  });
});

describe("Flyte's own examples", () => {
  const xy = enumeration("x", "y");
  const str1 = simple("STRING", "str1");
  const str2 = simple("STRING", "str2");
  const int1 = simple("INTEGER", "int1");

  test.each<[string, LiteralType, LiteralType]>([
    ["int → int", int, int],
    ["enum → string", xy, string],
    ["string → enum", string, xy],
    ["enum → the same enum", xy, enumeration("x", "y")],
    ["string → union of tagged int and string", string, union(simple("INTEGER", "int"), simple("STRING", "str"))],
    ["union → a wider union", union(str1, str2), union(str1, int1, str2)],
    ["single variant → its variant", union(int), int],
    ["empty list → [int]", list(none), list(int)],
    ["empty map → {float}", map(none), map(float)],
    ["struct → struct", struct, struct],
    ["Schema() → Schema(a)", schema(), schema({ a: "INTEGER" })],
    ["Schema(a) → Schema()", schema({ a: "INTEGER" }), schema()],
    ["Schema(a, b) → Schema(a)", schema({ a: "INTEGER", b: "FLOAT" }), schema({ a: "INTEGER" })],
    ["Dataset() → Schema(a)", dataset(), schema({ a: "INTEGER" })],
    ["Schema(a) → Dataset()", schema({ a: "INTEGER" }), dataset()],
    ["Dataset(a, b) → Schema(a)", dataset({ a: int, b: float }), schema({ a: "INTEGER" })],
    ["NONE → Dataset", none, dataset({ a: int })],
    ["Dataset() → Dataset(parquet)", dataset(), dataset({}, "parquet")],
    ["Dataset(parquet) → Dataset()", dataset({}, "parquet"), dataset()],
    ["formats whatever their case", dataset({}, "Parquet"), dataset({}, "parquet")],
    ["Blob(csv) → Blob()", blob("csv"), blob()],
    ["Blob() → Blob(csv)", blob(), blob("csv")],
    ["a directory → a file", blob("csv", BlobDimensionality.MULTIPART), blob("csv")],
    ["untagged → tagged", int, int1],
    ["metadata is not compared", { ...int, metadata: { fields: { a: { stringValue: "b" } } } }, int],
    ["a dataset's columns cast on their own", dataset({ a: list(none) }), dataset({ a: list(int) })],
  ])("yes: %s", (_, upstream, downstream) => {
    expect(castable(upstream, downstream)).toBe(true);
  });

  test.each<[string, LiteralType, LiteralType]>([
    ["int → float", int, float],
    ["float → int", float, int],
    ["NONE → int", none, int],
    ["NONE → [int]", none, list(int)],
    ["NONE → Schema", none, schema()],
    ["NONE → Blob", none, blob()],
    ["enum → another enum", xy, enumeration("m", "n")],
    ["string → union of two strings", string, union(str1, str2)],
    ["a union with a tag missing downstream", union(str1, str2), union(str1, int1)],
    ["a union with a type missing downstream", union(string, int), union(string, float)],
    ["[int] → [float]", list(int), list(float)],
    ["[int] → int", list(int), int],
    ["[int] → [[int]]", list(int), list(list(int))],
    ["{int} → {float}", map(int), map(float)],
    ["Schema(a) → Schema(a, b)", schema({ a: "INTEGER" }), schema({ a: "INTEGER", b: "FLOAT" })],
    ["Schema(a int) → Schema(a float)", schema({ a: "INTEGER" }), schema({ a: "FLOAT" })],
    ["Schema(a float) → Schema(a int)", schema({ a: "FLOAT" }), schema({ a: "INTEGER" })],
    ["Schema(a int) → Dataset(a float)", schema({ a: "INTEGER" }), dataset({ a: float })],
    ["Schema → Dataset(csv)", schema(), dataset({}, "csv")],
    ["Dataset(csv) → Schema", dataset({}, "csv"), schema()],
    ["Dataset(csv) → Dataset(parquet)", dataset({}, "csv"), dataset({}, "parquet")],
    ["Blob(csv) → Blob(pdf)", blob("csv"), blob("pdf")],
    ["Blob(csv) → Blob(CSV)", blob("csv"), blob("CSV")],
    ["tagged → untagged", int1, int],
    ["a union of one in a list is not looked into", list(union(int)), list(int)],
  ])("no: %s", (_, upstream, downstream) => {
    expect(castable(upstream, downstream)).toBe(false);
  });
});

describe("structs with JSON schemas", () => {
  const value = (json: unknown): google.protobuf.Value.$Properties => {
    if (typeof json === "string") return { stringValue: json };
    if (typeof json === "boolean") return { boolValue: json };
    if (Array.isArray(json)) return { listValue: { values: json.map((one) => value(one)) } };
    return { structValue: { fields: fieldsOf(json as object) } };
  };
  const fieldsOf = (json: object): Record<string, google.protobuf.Value.$Properties> =>
    Object.fromEntries(Object.entries(json).map(([key, one]) => [key, value(one)]));
  const dataclass = (json: object): LiteralType => ({ ...struct, metadata: { fields: fieldsOf(json) } });
  const object = (properties: object, required: string[] = Object.keys(properties)): object => ({
    type: "object",
    title: "T",
    properties,
    required,
    additionalProperties: false,
  });
  const integer = { type: "integer" };
  const text = { type: "string" };
  const nullable = { anyOf: [integer, { type: "null" }] };

  test.each<[string, object, object, boolean]>([
    ["equal", object({ a: integer }), object({ a: integer }), true],
    ["another title", { ...object({ a: integer }), title: "U" }, object({ a: integer }), true],
    ["more fields than needed", object({ a: integer, b: text }), object({ a: integer }), true],
    ["a required field missing", object({ a: integer }), object({ a: integer, b: text }), false],
    ["an optional field missing", object({ a: integer }), object({ a: integer, b: text }, ["a"]), true],
    ["a field of another type", object({ a: text }), object({ a: integer }), false],
    ["an integer for a number", object({ a: integer }), object({ a: { type: "number" } }), true],
    ["a number for an integer", object({ a: { type: "number" } }), object({ a: integer }), false],
    ["an integer for an optional one", object({ a: integer }), object({ a: nullable }), true],
    ["an optional integer for an integer", object({ a: nullable }), object({ a: integer }), false],
    ["lists of other elements", object({ a: { type: "array", items: text } }), object({ a: { type: "array", items: integer } }), false],
    [
      "maps of other values",
      object({ a: { type: "object", additionalProperties: text } }),
      object({ a: { type: "object", additionalProperties: integer } }),
      false,
    ],
    ["nested fields", object({ in: object({ a: text }) }), object({ in: object({ a: integer }) }), false],
    ["references", { $ref: "#/$defs/T", $defs: { T: object({ a: integer, b: text }) } }, object({ a: integer }), true],
    ["references that differ", { $ref: "#/$defs/T", $defs: { T: object({ a: text }) } }, object({ a: integer }), false],
    [
      "recursive types",
      { $ref: "#/$defs/T", $defs: { T: object({ next: { $ref: "#/$defs/T" }, a: integer }) } },
      { $ref: "#/$defs/T", $defs: { T: object({ next: { $ref: "#/$defs/T" } }) } },
      true,
    ],
    ["enum values that are not known", object({ a: { ...text, enum: ["x", "z"] } }), object({ a: { ...text, enum: ["x", "y"] } }), false],
  ])("%s", (_, upstream, downstream, expected) => {
    expect(castable(dataclass(upstream), dataclass(downstream))).toBe(expected);
  });

  test("one without a schema fits", () => {
    expect(castable(struct, dataclass(object({ a: integer })))).toBe(true);
    expect(castable(dataclass(object({ a: integer })), struct)).toBe(true);
  });

  test("a tag still counts", () => {
    expect(castable({ ...dataclass(object({})), structure: { tag: "A" } }, { ...dataclass(object({})), structure: { tag: "B" } })).toBe(
      false,
    );
  });
});
