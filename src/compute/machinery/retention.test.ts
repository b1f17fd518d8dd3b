import { expect, test } from "vitest";
import { expired } from "./retention.ts";

const all = [
  { name: "old", bytes: 10, lastUsed: 100 },
  { name: "new", bytes: 20, lastUsed: 300 },
  { name: "middle", bytes: 30, lastUsed: 200 },
];
const none = { count: 3, bytes: 60, age: 200 };

test.each([
  ["nothing beyond the limits", none, ""],
  ["more than the number", { ...none, count: 2 }, "old"],
  ["a number of none", { ...none, count: 0 }, "new middle old"],
  ["more bytes", { ...none, bytes: 59 }, "old"],
  ["a large one takes the place of those before it", { ...none, bytes: 49 }, "middle old"],
  ["older", { ...none, age: 199 }, "old"],
  ["all of them older", { ...none, age: -1 }, "new middle old"],
])("%s", (_what, limits, names) => {
  expect(
    expired(all, limits, 300)
      .map(({ name }) => name)
      .join(" "),
  ).toBe(names);
});
