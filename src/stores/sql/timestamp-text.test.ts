import * as fc from "fast-check";
import { expect, test } from "vitest";
import { normalTimestamp, timestampText } from "./timestamp-text.ts";

test.for([
  [0, "1970-01-01T00:00:00.000000Z"],
  [1_709_251_200_123, "2024-03-01T00:00:00.123000Z"],
  [1_709_251_200_123.456, "2024-03-01T00:00:00.123456Z"],
  [999.9999, "1970-01-01T00:00:01.000000Z"],
  [-0.001, "1969-12-31T23:59:59.999999Z"],
] as const)("%d is %s", ([milliseconds, text]) => {
  expect(timestampText(milliseconds)).toBe(text);
});

test("later is greater as text", () => {
  const time = fc.integer({ min: -60_000_000_000_000, max: 253_402_300_799_000 });
  fc.assert(fc.property(time, time, (a, b) => timestampText(a) < timestampText(b) === a < b));
});

test("what it writes it reads back unchanged, and years beyond four digits are refused", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -60_000_000_000_000, max: 253_402_300_799_000 }),
      (time) => normalTimestamp(timestampText(time)) === timestampText(time),
    ),
  );
  expect(() => timestampText(253_402_300_800_000)).toThrow(RangeError);
});

test.for([
  "",
  "now",
  "2024-13-01T00:00:00Z",
  "2024-02-30T00:00:00Z",
  "2024-03-01T25:00:00Z",
  "2024-03-01T00:00Z",
  "24-03-01",
  "2024-03-01T00:00:00+1",
])("%s is no timestamp", (text) => {
  expect(normalTimestamp(text)).toBeUndefined();
});
