import { expect, test } from "vitest";
import { StatusError, statusCodes } from "../idl/status.ts";
import type { StatusName } from "../idl/status.ts";
import { FlyteError } from "../std/errors.ts";
import { errorReport } from "./error-report.ts";
import { executionFailure } from "./execution-failure.ts";
import { Interrupted } from "./interrupted.ts";

test.each([
  ["bug", 1],
  ["usage", 2],
  ["environment", 3],
  ["deployment", 4],
  ["execution", 5],
] as const)("an error whose blame is %s ends with %d", (blame, exitCode) => {
  expect(errorReport(new FlyteError({ code: "X", blame, message: "m", hint: "h", details: { a: 1 } }))).toEqual({
    code: "X",
    message: "m",
    hint: "h",
    details: { a: 1 },
    exitCode,
  });
});

test.each(Object.keys(statusCodes) as StatusName[])("a refusal with %s ends with 4, has that code, the message and a hint", (status) => {
  const report = errorReport(new StatusError(status, "because"));
  expect(report).toMatchObject({ code: status, message: "because", exitCode: 4 });
  expect(report.hint).not.toBe("");
});

test("Ctrl-C ends with 130, anything unforeseen with 1", () => {
  expect(errorReport(new Interrupted()).exitCode).toBe(130);
  expect(errorReport(new TypeError("x is undefined"))).toMatchObject({ code: "BUG", message: "unexpected: x is undefined", exitCode: 1 });
  expect(errorReport("text").exitCode).toBe(1);
});

test("errors of oclif's parser are usage errors, without its advice", () => {
  const parser = Object.assign(new Error("Nonexistent flag: --nope\nSee more help with --help"), { oclif: { exit: 2 } });
  expect(errorReport(parser)).toMatchObject({ code: "USAGE", message: "Nonexistent flag: --nope", exitCode: 2 });
  const lookup = Object.assign(new Error("command get:tsk not found"), { oclif: { exit: 127 } });
  expect(errorReport(lookup)).toMatchObject({ message: 'there is no command "get tsk"', exitCode: 2 });
});

const execution = {
  urn: "ex:p:d:e",
  name: "e",
  launched: null,
  workflow: null,
  createdAt: null,
  startedAt: null,
  updatedAt: null,
  durationSeconds: null,
  principal: null,
  parent: null,
  recovers: null,
  abortCause: null,
  error: null,
};

test.each(["UNDEFINED", "QUEUED", "RUNNING", "SUCCEEDING", "SUCCEEDED", "FAILING", "ABORTING"] as const)("%s is no failure", (phase) => {
  expect(executionFailure({ ...execution, phase })).toBeUndefined();
});

test("a failed execution says why, in flytekit's words without the traceback", () => {
  const message = "Trace:\n\n    Traceback …\n    ValueError: no\n\nMessage:\n\n    ValueError: no\n      twice";
  const failure = executionFailure({ ...execution, phase: "FAILED", error: { code: "USER:RuntimeError", kind: "USER", message } });
  expect(failure).toMatchObject({
    code: "EXECUTION_FAILED",
    blame: "execution",
    message: "ex:p:d:e failed: [USER:RuntimeError] ValueError: no\ntwice",
  });
  expect(executionFailure({ ...execution, phase: "ABORTED", abortCause: "wrong" })?.message).toBe("ex:p:d:e aborted: wrong");
  expect(executionFailure({ ...execution, phase: "TIMED_OUT" })?.message).toBe("ex:p:d:e timed out: no reason was recorded");
});
