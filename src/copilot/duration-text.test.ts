import { expect, test } from "vitest";
import { durationText } from "./duration-text.ts";
import { parseDuration } from "./parse-duration.ts";

// What Go's time package says of them.
test.each<[bigint, string]>([
  [0n, "0s"],
  [1n, "1ns"],
  [1_100n, "1.1µs"],
  [2_200_000n, "2.2ms"],
  [3_300_000_000n, "3.3s"],
  [245_000_000_000n, "4m5s"],
  [245_001_000_000n, "4m5.001s"],
  [18_367_001_000_000n, "5h6m7.001s"],
  [480_000_000_001n, "8m0.000000001s"],
  [3_600_000_000_000n, "1h0m0s"],
  [86_400_000_000_000n, "24h0m0s"],
  [-1_500_000_000n, "-1.5s"],
  [2n ** 63n - 1n, "2562047h47m16.854775807s"],
  [-(2n ** 63n), "-2562047h47m16.854775808s"],
])("%d ns is %s, and the other way round", (nanos, text) => {
  expect(durationText(nanos)).toBe(text);
  expect(parseDuration(text)).toBe(nanos);
});

test.each<[string, bigint]>([
  ["5s", 5_000_000_000n],
  ["+5s", 5_000_000_000n],
  ["-0", 0n],
  ["5.0s", 5_000_000_000n],
  [".5s", 500_000_000n],
  ["5.s", 5_000_000_000n],
  ["1.5us", 1_500n],
  ["12μs", 12_000n],
  ["3h30m", 12_600_000_000_000n],
  ["39h9m14.425s", 140_954_425_000_000n],
  ["0.3333333333333333333h", 1_199_999_999_999n],
])("%s is a duration", (text, nanos) => {
  expect(parseDuration(text)).toBe(nanos);
});

test.each([
  ["", 'time: invalid duration ""'],
  ["3", 'time: missing unit in duration "3"'],
  ["-", 'time: invalid duration "-"'],
  ["s", 'time: invalid duration "s"'],
  [".", 'time: invalid duration "."'],
  [".s", 'time: invalid duration ".s"'],
  ["1d", 'time: unknown unit "d" in duration "1d"'],
  ["1toString", 'time: unknown unit "toString" in duration "1toString"'],
  ["1:00:00", 'time: unknown unit ":" in duration "1:00:00"'],
  ["9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'],
  [`${"9".repeat(400)}s`, `time: invalid duration "${"9".repeat(400)}s"`],
])("%s is none", (text, message) => {
  expect(() => parseDuration(text)).toThrow(new Error(message));
});
