import { expect, test } from "vitest";
import { newsOfElements } from "./show-changes.ts";
import { phaseChangeOf } from "./phase-change.ts";
import { taskPhaseNumber } from "../../idl/phases.ts";
import type { PhaseChange } from "./phase-change.ts";
import type { TaskPhase } from "../../idl/phases.ts";

function changeOf(phase: TaskPhase, counts?: Readonly<Record<string, number>>): PhaseChange {
  const fields = Object.fromEntries(Object.entries(counts ?? {}).map(([name, numberValue]) => [name, { numberValue }]));
  const custom = counts && { taskType: "container_array", customInfo: { fields: { flyte_array: { structValue: { fields } } } } };
  const change = phaseChangeOf({ taskExecution: { closure: { phase: taskPhaseNumber(phase), ...custom } } });
  if (!change) throw new Error("no change");
  return change;
}

test("an array of a thousand has a line for every hundred, for a failure, and for its own phases", () => {
  const isNews = newsOfElements();
  const shown: number[] = [];
  expect(isNews(changeOf("QUEUED", { size: 1000, queued: 1000 }))).toBe(true);
  for (let succeeded = 0; succeeded <= 1000; succeeded++) {
    if (isNews(changeOf("RUNNING", { size: 1000, succeeded, failed: succeeded > 450 ? 1 : 0 }))) shown.push(succeeded);
  }
  expect(shown).toEqual([0, 100, 200, 300, 400, 451, 551, 651, 751, 851, 951]);
  expect(isNews(changeOf("SUCCEEDED", { size: 1000, succeeded: 999, failed: 1 }))).toBe(true);
});

test("other tasks have a line for every change", () => {
  const isNews = newsOfElements();
  expect([isNews(changeOf("RUNNING")), isNews(changeOf("RUNNING"))]).toEqual([true, true]);
});
