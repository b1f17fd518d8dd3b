import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMsgpack, encodeMsgpack } from "./msgpack.ts";
import { readMsgpack } from "./msgpack-parts.ts";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

// From the MessagePack specification, byte by byte.
test.each([
  ["c0", null],
  ["c3", true],
  ["7f", 127],
  ["e0", -32],
  ["cc ff", 255],
  ["cd 0100", 256],
  ["ce ffffffff", 4294967295],
  ["cf ffffffffffffffff", 18446744073709551615n],
  ["d0 80", -128],
  ["d1 8000", -32768],
  ["d2 80000000", -2147483648],
  ["d3 8000000000000000", -9223372036854775808n],
  ["ca 3fc00000", 1.5],
  ["cb 3ff8000000000000", 1.5],
  ["a3 616263", "abc"],
  ["d9 03 616263", "abc"],
  ["93 01 a1 78 c2", [1, "x", false]],
  ["82 a1 61 01 a1 62 90", { a: 1, b: [] }],
  ["de 0001 a1 61 c4 02 0102", { a: Uint8Array.of(1, 2) }],
])("reads %s", (bytes, value) => {
  expect(decodeMsgpack(hex(bytes))).toEqual(value);
});

test.each(["", "c1", "a3 61", "91", "c0 c0", "dd ffffffff c0", "df ffffffff", "c6 ffffffff"])("refuses %s", (bytes) => {
  expect(() => decodeMsgpack(hex(bytes))).toThrow(RangeError);
});

test("deep nesting costs no stack", () => {
  const deep = Buffer.concat([Buffer.alloc(200_000, 0x91), Buffer.from([0xc0])]);
  expect(readMsgpack(deep)).toMatchObject({ kind: "array" });
  expect(() => decodeMsgpack(deep)).toThrow("nested more than 100 deep");
});

test("what is written is read back", () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(tie("value"), { maxLength: 40 }),
      fc.dictionary(fc.string(), tie("value"), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (each) => {
      expect(decodeMsgpack(encodeMsgpack(each))).toEqual(each);
    }),
  );
});
