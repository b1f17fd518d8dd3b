import { expect, test } from "vitest";
import { canTaskGo, isNews, isPluginPhaseFinal, pluginPhases, taskEventPhase } from "./task-transition.ts";

const final = ["SUCCESS", "RETRYABLE_FAILURE", "PERMANENT_FAILURE", "ABORTED"];

test.each(pluginPhases.flatMap((from) => pluginPhases.map((to) => [from, to] as const)))("%s → %s", (from, to) => {
  expect(canTaskGo(from, to)).toBe(!final.includes(from) && from !== to);
});

test("final phases", () => {
  expect(pluginPhases.filter(isPluginPhaseFinal)).toEqual(final);
});

test("phases of events", () => {
  expect(pluginPhases.map((phase) => `${phase} ${taskEventPhase(phase)}`)).toEqual([
    "NOT_READY UNDEFINED",
    "WAITING_FOR_RESOURCES WAITING_FOR_RESOURCES",
    "QUEUED QUEUED",
    "INITIALIZING INITIALIZING",
    "RUNNING RUNNING",
    "SUCCESS SUCCEEDED",
    "RETRYABLE_FAILURE FAILED",
    "PERMANENT_FAILURE FAILED",
    "ABORTED ABORTED",
  ]);
});

test("news is another phase or a higher version", () => {
  const last = { phase: "RUNNING", phaseVersion: 2 } as const;
  expect(isNews(undefined, { phase: "QUEUED", phaseVersion: 0 })).toBe(true);
  expect(isNews(last, { phase: "RUNNING", phaseVersion: 2 })).toBe(false);
  expect(isNews(last, { phase: "RUNNING", phaseVersion: 3 })).toBe(true);
  expect(isNews(last, { phase: "SUCCESS", phaseVersion: 0 })).toBe(true);
});
