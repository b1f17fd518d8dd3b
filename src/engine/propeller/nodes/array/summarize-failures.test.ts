import { expect, test } from "vitest";
import { summarizeFailures } from "./summarize-failures.ts";

// Flyte: flyteplugins array/errorcollector collector_test.go.
const messages = new Map([
  [0, "duplicate message"],
  [1, "duplicate message"],
  [2, "unique message"],
  [3, "duplicate message"],
]);

test("equal messages are one, with the elements whose it is", () => {
  expect(summarizeFailures(messages, 1000)).toBe("[0-1][3]: duplicate message\n[2]: unique message\n");
});

test("what is too long ends after the line that goes too far", () => {
  expect(summarizeFailures(messages, 30)).toBe("[0-1][3]: duplicate message\n... and many more.");
});

test("messages are in order of their bytes, elements in that of their numbers", () => {
  expect(
    summarizeFailures(
      new Map([
        [7, "é"],
        [5, "z"],
        [4, "z"],
        [6, "z"],
        [10, "Z"],
        [9, "z"],
      ]),
      1000,
    ),
  ).toBe("[10]: Z\n[4-6][9]: z\n[7]: é\n");
  expect(summarizeFailures(new Map(), 1000)).toBe("");
});
