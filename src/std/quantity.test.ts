import { expect, test } from "vitest";
import { formatBytes, parseQuantity } from "./quantity.ts";

test.each([
  ["500m", 0.5],
  ["1", 1],
  ["1.5Gi", 1610612736],
  ["200Mi", 209715200],
  ["1G", 1_000_000_000],
  ["1e3", 1000],
  ["2E", 2e18],
  [".5", 0.5],
  ["", undefined],
  ["1GB", undefined],
  ["lots", undefined],
  ["1 Gi", undefined],
])("%s is %s", (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each([
  [1610612736, "1.5Gi"],
  [209715200, "200Mi"],
  [12, "12"],
])("%s bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
