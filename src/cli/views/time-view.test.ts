import { expect, test } from "vitest";
import { ageText } from "./time-view.ts";

test.each([
  [0, "0s"],
  [9_999, "9s"],
  [59_000, "59s"],
  [185_000, "3m05s"],
  [47 * 3_600_000, "47h00m"],
  [48 * 3_600_000, "2d"],
  [400 * 86_400_000, "400d"],
  [-5_000, "0s"],
])("%d ms ago is %s", (milliseconds, text) => {
  const now = Date.UTC(2026, 0, 1);
  expect(ageText(new Date(now - milliseconds).toISOString(), now)).toBe(text);
  expect(ageText(null, now)).toBe("");
});
