import { expect, test } from "vitest";
import type { CacheDifference } from "./cache-difference.ts";
import { differencesSentence, explanationText } from "./cache-explanation.ts";

const difference = (what: CacheDifference["what"], name: string | null = null): CacheDifference => ({
  what,
  name,
  cached: "1",
  current: "2",
});
const nearest = (differences: CacheDifference[], inputsKnown = true) => ({
  artifactId: "a",
  datasetVersion: "v",
  createdAt: "2026-01-02T03:04:05.678Z",
  source: "ne:p:d:e:n0",
  inputsKnown,
  differences,
});

test.each<[CacheDifference[], string]>([
  [[difference("cache version")], "cache version differs from the nearest cached run"],
  [[difference("input", "seed")], "input seed differs from the nearest cached run"],
  [[difference("input type", "n"), difference("input", "n")], "the type of input n and input n differ from the nearest cached run"],
  [
    [difference("project"), difference("domain"), difference("output type", "o0")],
    "project, domain and the type of output o0 differ from the nearest cached run",
  ],
])("%j", (differences, sentence) => {
  expect(differencesSentence(nearest(differences))).toBe(sentence);
});

test("a source that is gone is said to be", () => {
  expect(differencesSentence(nearest([], false))).toContain("ne:p:d:e:n0 cannot be read any more");
});

test("a miss as people read it", () => {
  const text = explanationText(
    {
      urn: "ne:p:d:f:n0",
      name: "load",
      task: "tsk:p:d:load:v1",
      status: "CACHE_POPULATED",
      outcome: "miss",
      reason: "input seed differs from the nearest cached run",
      hint: null,
      key: { dataset: { project: "p", domain: "d", name: "flyte_task-load", version: "1-a-b" }, tag: "flyte_cached-x" },
      ignoredInputs: ["verbose"],
      source: null,
      nearest: nearest([{ what: "input", name: "seed", cached: 7, current: "8" }]),
    },
    undefined,
  );
  expect(text).toBe(
    [
      "node     ne:p:d:f:n0 (load)",
      "task     tsk:p:d:load:v1",
      "cache    miss (CACHE_POPULATED)",
      "why      input seed differs from the nearest cached run",
      "key      1-a-b flyte_cached-x",
      "ignored  verbose",
      "nearest  ne:p:d:e:n0, cached 2026-01-02T03:04:05Z",
      "",
      "DIFFERS  NAME  CACHED  THIS RUN",
      'input    seed  7       "8"',
      "",
    ].join("\n"),
  );
});
