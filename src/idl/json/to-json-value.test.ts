import Long from "long";
import { describe, expect, test } from "vitest";
import { flyteidl, google } from "../flyteidl.ts";
import { reflectedType } from "../reflection.ts";
import { toJsonValue } from "./to-json-value.ts";

const compact = { emitUnpopulated: false, fieldNames: "json" } as const;
const gateway = { emitUnpopulated: true, fieldNames: "proto" } as const;

const literal = (value: flyteidl.core.Literal.$Properties): flyteidl.core.Literal.$Properties =>
  flyteidl.core.Literal.decode(flyteidl.core.Literal.encode(value).finish());
const json = (value: flyteidl.core.Literal.$Properties): unknown =>
  toJsonValue(reflectedType("flyteidl.core.Literal"), literal(value), compact);

test.each([
  [{ scalar: { primitive: { integer: Long.ZERO } } }, { scalar: { primitive: { integer: "0" } } }],
  [{ scalar: { primitive: { integer: Long.MIN_VALUE } } }, { scalar: { primitive: { integer: "-9223372036854775808" } } }],
  [{ scalar: { primitive: { boolean: false } } }, { scalar: { primitive: { boolean: false } } }],
  [{ scalar: { primitive: { stringValue: "" } } }, { scalar: { primitive: { stringValue: "" } } }],
  [{ scalar: { primitive: { floatValue: Number.NaN } } }, { scalar: { primitive: { floatValue: "NaN" } } }],
  [{ scalar: { primitive: { floatValue: -Infinity } } }, { scalar: { primitive: { floatValue: "-Infinity" } } }],
  [{ scalar: { noneType: {} } }, { scalar: { noneType: {} } }],
  [{ collection: {} }, { collection: {} }],
  [
    { scalar: { binary: { value: Buffer.from("81a16101", "hex"), tag: "msgpack" } } },
    { scalar: { binary: { value: "gaFhAQ==", tag: "msgpack" } } },
  ],
  [
    { scalar: { blob: { metadata: { type: { dimensionality: 1 } } } } },
    { scalar: { blob: { metadata: { type: { dimensionality: "MULTIPART" } } } } },
  ],
])("the compact form of %j keeps set members of a oneof and drops defaults", (value, expected) => {
  expect(json(value)).toStrictEqual(expected);
});

test.each([
  [1553860800, 0, "2019-03-29T12:00:00Z"],
  [1553860800, 1_000_000, "2019-03-29T12:00:00.001Z"],
  [1553860800, 10_000, "2019-03-29T12:00:00.000010Z"],
  [1553860800, 999_999_999, "2019-03-29T12:00:00.999999999Z"],
  [-1, 500_000_000, "1969-12-31T23:59:59.500Z"],
  [-62135596800, 0, "0001-01-01T00:00:00Z"],
])("timestamp %d s %d ns is %s", (seconds, nanos, text) => {
  expect(json({ scalar: { primitive: { datetime: { seconds: Long.fromNumber(seconds), nanos } } } })).toStrictEqual({
    scalar: { primitive: { datetime: text } },
  });
});

test.each([
  [90, 0, "90s"],
  [0, 0, "0s"],
  [1, 500_000_000, "1.500s"],
  [0, -1_000, "-0.000001s"],
  [-3, -1, "-3.000000001s"],
])("duration %d s %d ns is %s", (seconds, nanos, text) => {
  expect(json({ scalar: { primitive: { duration: { seconds: Long.fromNumber(seconds), nanos } } } })).toStrictEqual({
    scalar: { primitive: { duration: text } },
  });
});

test("a Struct is the JSON it stands for", () => {
  const text = '{"a":1,"b":"x","c":[true,null,{}],"d":{"e":-0.5}}';
  const value = (plain: unknown): google.protobuf.Value.$Properties => {
    if (plain === null) return { nullValue: google.protobuf.NullValue.NULL_VALUE };
    if (typeof plain === "number") return { numberValue: plain };
    if (typeof plain === "string") return { stringValue: plain };
    if (typeof plain === "boolean") return { boolValue: plain };
    if (Array.isArray(plain)) return { listValue: { values: plain.map(value) } };
    return { structValue: struct(plain as object) };
  };
  const struct = (plain: object): google.protobuf.Struct.$Properties => ({
    fields: Object.fromEntries(Object.entries(plain).map(([key, element]) => [key, value(element)])),
  });
  expect(json({ scalar: { generic: struct(JSON.parse(text) as object) } })).toStrictEqual({
    scalar: { generic: JSON.parse(text) as unknown },
  });
});

describe("the gateway's form", () => {
  const type = reflectedType("flyteidl.core.ArrayNode");

  test("32-bit floats are short, unset oneof members absent, unset messages null", () => {
    const node = flyteidl.core.ArrayNode.decode(flyteidl.core.ArrayNode.encode({ minSuccessRatio: 0.8 }).finish());
    expect(toJsonValue(type, node, gateway)).toStrictEqual({
      node: null,
      min_success_ratio: 0.8,
      execution_mode: "MINIMAL_STATE",
      is_original_sub_node_interface: null,
      data_mode: "SINGLE_INPUT_FILE",
      bound_inputs: [],
      run_all_sub_nodes: false,
    });
  });

  test("wrappers are bare values, also at zero", () => {
    const node = flyteidl.core.ArrayNode.decode(flyteidl.core.ArrayNode.encode({ isOriginalSubNodeInterface: { value: false } }).finish());
    expect(toJsonValue(type, node, gateway)).toMatchObject({ is_original_sub_node_interface: false });
  });

  test("a map key may be __proto__", () => {
    const map = flyteidl.core.LiteralMap.decode(Buffer.from("0a0d0a095f5f70726f746f5f5f1200", "hex"));
    const text = JSON.stringify(toJsonValue(reflectedType("flyteidl.core.LiteralMap"), map, compact));
    expect(text).toBe('{"literals":{"__proto__":{}}}');
  });

  test("an Any shows its message", () => {
    const status = reflectedType("google.rpc.Status");
    const bytes = flyteidl.core.Identifier.encode({ name: "n" }).finish();
    const details = [
      { typeUrl: "type.googleapis.com/flyteidl.core.Identifier", value: bytes },
      { typeUrl: "x/unknown.Message", value: bytes },
    ];
    expect(toJsonValue(status, { code: 3, message: "m", details }, compact)).toStrictEqual({
      code: 3,
      message: "m",
      details: [
        { "@type": "type.googleapis.com/flyteidl.core.Identifier", name: "n" },
        { "@type": "x/unknown.Message", value: Buffer.from(bytes).toString("base64") },
      ],
    });
  });
});
