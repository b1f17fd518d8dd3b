import { expect, test } from "vitest";
import { checkFilters } from "./check-filters.ts";

test.each([
  ["eq(phase,FAILED)", "execution"],
  ["eq(phase, FAILED)", "execution"],
  ["value_in(phase,FAILED;ABORTED)", "execution"],
  ["ne(execution.phase,SUCCEEDED)+eq(phase,DYNAMIC_RUNNING)", "node_execution"],
  ["contains(phase,FAIL)", "execution"],
  ["eq(name,a,b)", "execution"],
  ["eq(phase,anything)", undefined],
  ["gt(created_at,2026-01-01T00:00:00Z)", "task_execution"],
] as const)("%s of %s is for the deployment to judge", (filter, level) => {
  expect(() => checkFilters([filter], level)).not.toThrow();
});

test.each([
  ["phase=FAILED", "execution", "FILTER_INVALID", "is not FUNCTION(FIELD,VALUE)", "eq(phase,FAILED)"],
  ["eq(phase)", "execution", "FILTER_INVALID", "is not FUNCTION(FIELD,VALUE)", "eq(phase,FAILED)"],
  ["equals(phase,FAILED)", "execution", "FILTER_INVALID", "no function equals", "functions: eq, ne"],
  ["valuein(phase,FAILED)", "execution", "FILTER_INVALID", "no function valuein", 'did you mean "value_in"'],
  ["eq(phase,FALED)", "execution", "PHASE_UNKNOWN", "no phase [FALED] of executions", 'did you mean "FAILED"?'],
  ["value_in(phase,FAILED;done)", "execution", "PHASE_UNKNOWN", "no phase [done]", "phases: UNDEFINED, QUEUED"],
  ["eq(phase,DYNAMIC_RUNNING)", "execution", "PHASE_UNKNOWN", "of executions", "RUNNING"],
  ["eq(execution.phase,RECOVERED)", "node_execution", "PHASE_UNKNOWN", "of executions", "ABORTED"],
  ["eq(phase,ABORTING)", "node_execution", "PHASE_UNKNOWN", "of node executions", "phases: UNDEFINED"],
] as const)("%s of %s is refused", (filter, level, code, message, hint) => {
  expect(() => checkFilters([filter], level)).toThrow(
    expect.objectContaining({ code, blame: "usage", message: expect.stringContaining(message), hint: expect.stringContaining(hint) }),
  );
});
