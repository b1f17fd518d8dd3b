import { expect, test } from "vitest";
import { attemptName } from "./attempt-name.ts";
import { generatedName, uniqueElementId } from "../../idl/names.ts";
import type { ArrayElement, PlacedNode } from "./placed-node.ts";

const short = { project: "p", domain: "d", name: "ex" };
const long = { ...short, name: "a-name-that-somebody-has-thought-of-for-one-of-their-executions" };
const node = (uniqueId: string): PlacedNode => ({ uniqueId }) as PlacedNode;
const element = (index: number): PlacedNode => {
  const placed = { uniqueId: uniqueElementId({ uniqueId: "dn17", attempt: 0 }, index), element: { index } as ArrayElement };
  return placed as PlacedNode;
};

test("attempts are called as with Flyte", () => {
  expect(attemptName(short, node("n0"), 2)).toBe("ex-n0-2");
  expect(attemptName(short, element(7), 1)).toBe("ex-dn17-0-n7-1");
  expect(attemptName(long, node("n0"), 0)).toBe(generatedName(long.name, "n0", 0));
});

test("two elements have two names, however long that of their execution is", () => {
  // These are one in 32 bits.
  const [one, other] = [12_308, 672_320];
  const flytes = [one, other].map((index) => generatedName(long.name, element(index).uniqueId, 0));
  expect(flytes[0]).toBe(flytes[1]);
  const names = [one, other].flatMap((index) => [0, 1].map((attempt) => attemptName(long, element(index), attempt)));
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]{27}$/);
});
