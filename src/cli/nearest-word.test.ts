import { expect, test } from "vitest";
import { choicesHint, nearestWord } from "./nearest-word.ts";

const words = ["development", "staging", "production", "get execution", "get task", "get task-execution", "FAILED", "SUCCEEDED"];

test.each([
  ["developement", "development"],
  ["devleopment", "development"],
  ["dev", "development"],
  ["prod", "production"],
  ["get tsk", "get task"],
  ["failed", "FAILED"],
  ["SUCEEDED", "SUCCEEDED"],
  ["FALED", "FAILED"],
  ["get exec", "get execution"],
  ["x", undefined],
  ["", undefined],
  ["s", undefined],
  ["zebra", undefined],
  ["get", undefined],
])("%s is near %s", (word, near) => {
  expect(nearestWord(word, words)).toBe(near);
});

test("the nearest of several wins, and a very long word costs little", () => {
  expect(nearestWord("tset", ["rest", "test"])).toBe("test");
  expect(nearestWord("x".repeat(1_000_000), ["y".repeat(1_000_000)])).toBeUndefined();
});

test("a hint names what is near and what there is, at most twelve", () => {
  expect(choicesHint("stagin", "domains", ["staging", "production"])).toBe('did you mean "staging"? domains: staging, production');
  const many = Array.from({ length: 20 }, (_, index) => `project-number-${index}`);
  expect(choicesHint("q", "projects", many)).toMatch(/^projects: project-number-0, .*project-number-11 and 8 more$/);
  expect(choicesHint("q", "projects", [])).toBe("projects: none");
});
