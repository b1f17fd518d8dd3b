import { expect, test } from "vitest";
import { ElementResults } from "./element-results.ts";
import type { ElementEnd } from "./element-results.ts";

const ends: readonly ElementEnd[] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "SKIPPED", "ABORTED"];
/** Every third has not ended; attempts go beyond what has a place in the byte of an element. */
const endOf = (index: number): [ElementEnd, number] | undefined =>
  index % 3 === 2 ? undefined : [ends[index % 5] ?? "FAILED", (index * 7) % 70];

test("what was kept is what is read again, element by element", () => {
  const size = 5001;
  const kept = new Map<number, string>();
  const results = new ElementResults(size, () => undefined);
  for (let index = 0; index < size; index++) {
    const end = endOf(index);
    if (end) results.set(index, ...end);
    if (index === 3000) for (const [number, text] of results.takeChanged()) kept.set(number, text);
  }
  expect([...kept.keys()]).toEqual([0, 1]);
  const changed = results.takeChanged();
  expect([...changed.keys()].toSorted((a, b) => a - b)).toEqual([1, 2]);
  for (const [number, text] of changed) kept.set(number, text);
  expect(results.takeChanged().size).toBe(0);

  const again = new ElementResults(size, (number) => kept.get(number));
  for (const known of [results, again]) {
    const wrong = Array.from({ length: size }, (_, index) => index).filter((index) => {
      const end = endOf(index);
      return known.endOf(index) !== end?.[0] || (end !== undefined && known.attemptOf(index) !== end[1]);
    });
    expect(wrong).toEqual([]);
    const all = Array.from({ length: size }, (_, index) => endOf(index)?.[0]);
    for (const end of ends) expect(known.count(end)).toBe(all.filter((each) => each === end).length);
    expect(known.ended).toBe(all.filter((end) => end !== undefined).length);
  }
});

test("an element ends once", () => {
  const results = new ElementResults(2, () => undefined);
  results.set(1, "FAILED", 0);
  expect(() => results.set(1, "SUCCEEDED", 0)).toThrow(RangeError);
  expect(() => results.set(2, "SUCCEEDED", 0)).toThrow(RangeError);
  expect([results.endOf(0), results.endOf(1), results.endOf(2)]).toEqual([undefined, "FAILED", undefined]);
});

test("five million elements take a byte each, and records of a few kilobytes", () => {
  const results = new ElementResults(5_000_000, () => undefined);
  results.set(4_999_999, "SUCCEEDED", 0);
  const [[number, text] = [0, ""]] = [...results.takeChanged()];
  expect(number).toBe(Math.floor(4_999_999 / 2048));
  expect(text.length).toBeLessThan(3000);
});
