import { expect, test } from "vitest";
import { inSignatureOrder, outputOrder } from "./signature-order.ts";

test("outputs stand as the workflow returns them, others behind by number and name", () => {
  const order = outputOrder({ primary: { template: { outputs: [{ var: "zebra" }, { var: "apple" }] } } });
  expect(Object.entries(inSignatureOrder({ apple: 1, other: 2, zebra: 3 }, order))).toEqual([
    ["zebra", 3],
    ["apple", 1],
    ["other", 2],
  ]);
  expect(Object.keys(inSignatureOrder({ o10: 1, o2: 1, o0: 1 }, outputOrder(undefined)))).toEqual(["o0", "o2", "o10"]);
});
