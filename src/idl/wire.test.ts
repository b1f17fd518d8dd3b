import { expect, test } from "vitest";
import { bytesField, concatBytes, countMessages, varintField, withoutField } from "./wire.ts";

const text = (number: number, value: string): Uint8Array => bytesField(number, Buffer.from(value));
const inner = concatBytes(text(1, "kept"), text(2, "gone"), varintField(2, 7), text(2, "too"), text(3, "kept as well"));
const message = concatBytes(
  text(1, "first"),
  bytesField(16, inner),
  varintField(17, 300),
  bytesField(16, text(2, "gone")),
  text(18, "last"),
);

test("fields are left out where they stand, whatever surrounds them", () => {
  const kept = concatBytes(text(1, "kept"), text(3, "kept as well"));
  const expected = concatBytes(
    text(1, "first"),
    bytesField(16, kept),
    varintField(17, 300),
    bytesField(16, new Uint8Array()),
    text(18, "last"),
  );
  expect(Buffer.from(withoutField(message, [16, 2]))).toEqual(Buffer.from(expected));
  expect(Buffer.from(withoutField(message, [16]))).toEqual(
    Buffer.from(concatBytes(text(1, "first"), varintField(17, 300), text(18, "last"))),
  );
  expect(Buffer.from(withoutField(message, [5]))).toEqual(Buffer.from(message));
});

test("messages are counted, and nothing else of the same number", () => {
  expect([countMessages(inner, 2), countMessages(message, 16), countMessages(message, 17), countMessages(new Uint8Array(), 1)]).toEqual([
    2, 2, 0, 0,
  ]);
});
