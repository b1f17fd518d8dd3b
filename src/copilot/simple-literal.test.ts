import Long from "long";
import { expect, test } from "vitest";
import { flyteidl } from "../idl/flyteidl.ts";
import { simpleLiteral } from "./simple-literal.ts";

const { SimpleType } = flyteidl.core;
type Name = keyof typeof SimpleType;

/** The literal after its way over the wire; 64 bits as text. */
function literalOf(type: Name, text: string): unknown {
  const bytes = flyteidl.core.Literal.encode(simpleLiteral(SimpleType[type], text)).finish();
  return plain(flyteidl.core.Literal.decode(bytes));
}

function plain(value: unknown): unknown {
  if (Long.isLong(value)) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
const primitive = (value: object): object => ({ scalar: { primitive: value } });

test.each<[Name, string, object]>([
  ["INTEGER", " 42\n", primitive({ integer: "42" })],
  ["INTEGER", "-9223372036854775808", primitive({ integer: "-9223372036854775808" })],
  ["INTEGER", "+9223372036854775807", primitive({ integer: "9223372036854775807" })],
  ["INTEGER", "007", primitive({ integer: "7" })],
  ["FLOAT", "2.5", primitive({ floatValue: 2.5 })],
  ["FLOAT", "-1e-3\n", primitive({ floatValue: -0.001 })],
  ["FLOAT", ".5", primitive({ floatValue: 0.5 })],
  ["FLOAT", "5.", primitive({ floatValue: 5 })],
  ["FLOAT", "3", primitive({ floatValue: 3 })],
  ["FLOAT", "Inf", primitive({ floatValue: Infinity })],
  ["FLOAT", "-infinity", primitive({ floatValue: -Infinity })],
  ["FLOAT", "nan", primitive({ floatValue: NaN })],
  ["STRING", "\n a b\tc \n", primitive({ stringValue: "a b\tc" })],
  ["STRING", "", primitive({ stringValue: "" })],
  ...["1", "t", "T", "TRUE", "true", "True"].map((text) => ["BOOLEAN", text, primitive({ boolean: true })] as [Name, string, object]),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text) => ["BOOLEAN", text, primitive({ boolean: false })] as [Name, string, object]),
  ["DATETIME", "2024-02-29T23:59:59.5+02:00", primitive({ datetime: { seconds: "1709243999", nanos: 500000000 } })],
  ["DATETIME", "1969-12-31T23:59:59Z", primitive({ datetime: { seconds: "-1" } })],
  ["DURATION", "1h0m1.5s", primitive({ duration: { seconds: "3601", nanos: 500000000 } })],
  ["DURATION", "-1.5s", primitive({ duration: { seconds: "-1", nanos: -500000000 } })],
  ["NONE", "anything", { scalar: { noneType: {} } }],
  ["ERROR", "bad", { scalar: { error: { message: "bad" } } }],
  ["BINARY", "ab", { scalar: { binary: { value: "ab", tag: "msgpack" } } }],
])("%s of %j", (type, text, wanted) => {
  const found = literalOf(type, text);
  expect(found).toMatchObject(wanted);
});

test("a struct is JSON", () => {
  expect(literalOf("STRUCT", '{"a":[1,null,"x"]}')).toMatchObject({
    scalar: {
      generic: { fields: { a: { listValue: { values: [{ numberValue: 1 }, { nullValue: 0 }, { stringValue: "x" }] } } } },
    },
  });
});

test.each<[Name, string, string]>([
  ["INTEGER", "one", 'failed to parse integer value: strconv.ParseInt: parsing "one": invalid syntax'],
  ["INTEGER", "", 'failed to parse integer value: strconv.ParseInt: parsing "": invalid syntax'],
  ["INTEGER", "1.0", 'failed to parse integer value: strconv.ParseInt: parsing "1.0": invalid syntax'],
  ["INTEGER", "9223372036854775808", 'failed to parse integer value: strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ["FLOAT", "1,5", 'failed to parse Float value: strconv.ParseFloat: parsing "1,5": invalid syntax'],
  ["FLOAT", "1_000", 'failed to parse Float value: strconv.ParseFloat: parsing "1_000": invalid syntax'],
  ["FLOAT", "+nan", 'failed to parse Float value: strconv.ParseFloat: parsing "+nan": invalid syntax'],
  ["FLOAT", "1e999", 'failed to parse Float value: strconv.ParseFloat: parsing "1e999": value out of range'],
  ["BOOLEAN", "yes", 'failed to parse Bool value: strconv.ParseBool: parsing "yes": invalid syntax'],
  ["BOOLEAN", "tRUE", 'failed to parse Bool value: strconv.ParseBool: parsing "tRUE": invalid syntax'],
  [
    "DATETIME",
    "2024-01-01 10:00:00",
    'failed to parse Datetime in RFC3339 format: parsing time "2024-01-01 10:00:00" as "2006-01-02T15:04:05Z07:00"',
  ],
  ["DATETIME", "2024-01-01T10:00:00", "failed to parse Datetime in RFC3339 format: parsing time"],
  ["DATETIME", "2023-02-29T10:00:00Z", 'failed to parse Datetime in RFC3339 format: parsing time "2023-02-29T10:00:00Z": day out of range'],
  [
    "DATETIME",
    "2024-13-01T10:00:00Z",
    'failed to parse Datetime in RFC3339 format: parsing time "2024-13-01T10:00:00Z": month out of range',
  ],
  [
    "DATETIME",
    "2024-01-01T24:00:00Z",
    'failed to parse Datetime in RFC3339 format: parsing time "2024-01-01T24:00:00Z": hour out of range',
  ],
  [
    "DURATION",
    "1:00:00",
    'failed to parse Duration, valid formats: e.g. 300ms, -1.5h, 2h45m: time: unknown unit ":" in duration "1:00:00"',
  ],
  ["STRUCT", "[1]", "failed to load generic type as json."],
  ["STRUCT", "{", "failed to load generic type as json."],
])("%s is not %j", (type, text, message) => {
  expect(() => simpleLiteral(SimpleType[type], text)).toThrow(message);
});
