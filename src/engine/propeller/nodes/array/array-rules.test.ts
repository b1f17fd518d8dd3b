import { describe, expect, test } from "vitest";
import { lengthsOf } from "./array-inputs.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { arraySizeOf, elementsAtATime, minSuccessesOf, sharesParallelism, verdictOf } from "./array-rules.ts";
import type { Literal } from "../../../../idl/types.ts";

const one: Literal = { scalar: { noneType: {} } };
const list = (length: number): Literal => ({ collection: { literals: Array.from({ length }, () => one) } });
const size = (literals: Record<string, Literal>, boundInputs?: string[]) =>
  arraySizeOf(
    { ...(boundInputs && { boundInputs }) },
    lengthsOf(new Map(Object.entries(literals).map(([name, literal]) => [name, flyteidl.core.Literal.encode(literal).finish()]))),
  );

// Flyte: nodes/array/handler_test.go TestHandleArrayNodePhaseNone, and what stands beside it in handler.go.
describe("the size of an array", () => {
  const invalid = (message: string) => ({ code: "InvalidArrayLength", kind: "USER", message });
  test.each<[string, Record<string, Literal>, string[] | undefined, unknown]>([
    ["one list", { foo: list(2) }, undefined, 2],
    ["two lists", { foo: list(3), bar: list(3) }, undefined, 3],
    [
      "lists of different lengths",
      { foo: list(2), bar: list(1) },
      undefined,
      invalid("input arrays have different lengths: expecting '1' found '2'"),
    ],
    ["a bound input", { foo: list(3), bar: one }, ["bar"], 3],
    ["a bound list of another length", { foo: list(3), bar: list(7) }, ["bar"], 3],
    ["all inputs bound", { foo: list(3), bar: list(3) }, ["foo", "bar"], 1],
    ["an input that is no list", { foo: list(3), bar: one }, undefined, 3],
    ["no list", { foo: one }, undefined, invalid("no input array provided")],
    ["no inputs", {}, undefined, 1],
    ["an empty list", { foo: list(0) }, undefined, 0],
    [
      "an empty list and another",
      { foo: list(0), bar: list(1) },
      undefined,
      invalid("input arrays have different lengths: expecting '1' found '0'"),
    ],
  ])("%s", (_, literals, bound, expected) => expect(size(literals, bound)).toEqual(expected));

  test("five million elements, and not one more", () => {
    expect(arraySizeOf({}, new Map([["x", 5_000_000]]))).toBe(5_000_000);
    expect(arraySizeOf({}, new Map([["x", 5_000_001]]))).toEqual(
      invalid("an array has [5000001] elements, more than the limit of [5000000]"),
    );
  });
});

// Ratios have 32 bits: those that are no sum of powers of two may be a little more than they seem.
test.each<[ratio: number, size: number, least: number]>([
  [0.1, 10, 2],
  [0.2, 10, 3],
  [0.3, 10, 4],
  [0.4, 10, 5],
  [0.5, 10, 5],
  [0.6, 10, 7],
  [0.7, 10, 7],
  [0.8, 10, 9],
  [0.9, 10, 9],
  [0.6, 5, 4],
  [0.8, 5, 5],
  [0.2, 5, 2],
  [0.9, 100, 90],
  [0.1, 1000, 101],
  [1, 12345, 12345],
  [1, 0, 0],
])("a ratio of %d of %d needs %d", (minSuccessRatio, of, least) => {
  expect(minSuccessesOf({ minSuccessRatio }, of)).toBe(least);
  expect(minSuccessesOf({ minSuccesses: 3, minSuccessRatio }, of)).toBe(3);
  expect(minSuccessesOf({}, of)).toBe(of);
});

// Flyte: nodes/array/utils_test.go TestInferParallelism: with 2 places left in the execution, for 3 elements.
test.each<[parallelism: number | null, behavior: "workflow" | "hybrid" | "unlimited", shares: boolean, most: number]>([
  [null, "workflow", true, 2],
  [null, "hybrid", true, 2],
  [null, "unlimited", false, 5000],
  [0, "workflow", true, 2],
  [0, "hybrid", false, 5000],
  [0, "unlimited", false, 5000],
  [1, "workflow", false, 1],
  [1, "hybrid", false, 1],
  [1, "unlimited", false, 1],
  [9000, "unlimited", false, 5000],
])("parallelism %s with behaviour %s", (parallelism, behavior, shares, most) => {
  expect(sharesParallelism({ parallelism }, behavior)).toBe(shares);
  expect(elementsAtATime({ parallelism }, behavior, 0, 2)).toBe(most);
  expect(elementsAtATime({ parallelism }, behavior, 3, 2)).toBe(shares ? 5 : most);
});

// Flyte: nodes/array/handler_test.go TestHandleArrayNodePhaseExecuting, and the counts in handler.go.
test.each<[string, Parameters<typeof verdictOf>[0], number, [succeeded: number, failed: number, running: number], string]>([
  ["all run", {}, 2, [0, 0, 2], "EXECUTING"],
  ["one runs", {}, 2, [1, 0, 1], "EXECUTING"],
  ["all succeeded", {}, 2, [2, 0, 0], "SUCCEEDING"],
  ["one failed", {}, 2, [1, 1, 0], "FAILING"],
  ["one failed, one runs", {}, 2, [0, 1, 1], "FAILING"],
  ["one of two is enough", { minSuccessRatio: 0.5 }, 2, [1, 1, 0], "SUCCEEDING"],
  ["enough, but one runs", { minSuccessRatio: 0.5 }, 2, [1, 0, 1], "EXECUTING"],
  ["enough, and one is failing", { minSuccessRatio: 0.5 }, 2, [1, 0, 0], "SUCCEEDING"],
  ["not enough, one is failing", {}, 2, [1, 0, 0], "EXECUTING"],
  ["a number is enough", { minSuccesses: 1 }, 5, [1, 4, 0], "SUCCEEDING"],
  ["a number that cannot be reached", { minSuccesses: 6 }, 5, [5, 0, 0], "FAILING"],
  ["nothing at all", {}, 0, [0, 0, 0], "SUCCEEDING"],
  ["some of nothing", { minSuccesses: 1 }, 0, [0, 0, 0], "FAILING"],
  ["lost, but all are to run", { runAllSubNodes: true }, 3, [0, 1, 2], "EXECUTING"],
  ["lost, and all have run", { runAllSubNodes: true }, 3, [2, 1, 0], "FAILING"],
])("%s", (_, array, of, [succeeded, failed, running], verdict) => {
  expect(verdictOf(array, of, { succeeded, failed, running })).toBe(verdict);
});
