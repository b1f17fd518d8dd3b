import { expect, test } from "vitest";
import { elementsText, elementsView } from "./elements-view.ts";
import { taskPhaseNumber } from "../../idl/phases.ts";
import type { TaskPhase } from "../../idl/phases.ts";

const listed = (...of: readonly (readonly [index: number, attempt: number, phase: TaskPhase])[]) =>
  of.map(([index, retryAttempt, phase]) => ({ index, retryAttempt, phase: taskPhaseNumber(phase) }));

test("elements are counted by their last attempts where nobody has counted them", () => {
  const externalResources = listed(
    [0, 0, "FAILED"],
    [0, 1, "SUCCEEDED"],
    [1, 0, "FAILED"],
    [2, 0, "RUNNING"],
    [3, 0, "QUEUED"],
    [4, 0, "UNDEFINED"],
    [5, 0, "ABORTED"],
  );
  const closure = { taskType: "container_array", metadata: { externalResources } };
  const counts = { size: 6, succeeded: 1, failed: 1, aborted: 1, running: 1, queued: 2 };
  expect(elementsView({ ...closure, phase: taskPhaseNumber("RUNNING") })).toEqual(counts);
  expect(elementsView({ ...closure, phase: taskPhaseNumber("FAILED") })).toEqual({ ...counts, aborted: 3, queued: 0 });
  expect(elementsText(counts)).toBe("1 of 6 succeeded, 1 failed, 1 aborted, 1 running, 2 queued");
});

test("what the engine has counted outranks what it lists", () => {
  const fields = { size: { numberValue: 20_000 }, succeeded: { numberValue: 19_999 }, running: { numberValue: 1 } };
  const view = elementsView({
    taskType: "container_array",
    customInfo: { fields: { flyte_array: { structValue: { fields } } } },
    metadata: { externalResources: listed([0, 0, "SUCCEEDED"]) },
  });
  expect(view && elementsText(view)).toBe("19999 of 20000 succeeded, 1 running");
});

test("other tasks have no elements", () => {
  expect(elementsView({ taskType: "python-task", metadata: { externalResources: listed([0, 0, "RUNNING"]) } })).toBeNull();
  expect(elementsView(null)).toBeNull();
});
