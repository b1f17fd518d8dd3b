import { expect, test } from "vitest";
import { fixedFloat } from "./fixed-float.ts";

test.each([
  [0, "0"],
  [-0, "-0"],
  [1, "1"],
  [0.1, "0.1"],
  [-2.5, "-2.5"],
  [100000, "100000"],
  [1e20, "100000000000000000000"],
  [1e21, "1000000000000000000000"],
  [-1.5e23, "-150000000000000000000000"],
  [1e-6, "0.000001"],
  [1e-7, "0.0000001"],
  [-2.5e-7, "-0.00000025"],
  [5e-324, `0.${"0".repeat(323)}5`],
  [NaN, "NaN"],
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
])("%d is %s", (value, text) => {
  expect(fixedFloat(value)).toBe(text);
  if (Number.isFinite(value)) expect(Number(text)).toBe(value);
});
