import { expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import { readAnswer } from "./read-answer.ts";

const template = { interface: { outputs: { variables: { o: {} } } } };
const outputs = flyteidl.core.LiteralMap.encode({ literals: { o: {} } }).finish();
const user = (code: string, message: string) => ({ code, message, kind: "USER" });

// Numbers as the protocol has them; the texts are Flyte's (connector/plugin.go Status).
test.each<[phase: number, expected: object | undefined]>([
  [1, { phase: "QUEUED", reason: "m" }],
  [2, { phase: "RUNNING", reason: "m" }],
  [3, { phase: "SUCCESS", reason: "m", outputs }],
  [4, { phase: "PERMANENT_FAILURE", error: user("TaskFailedWithError", "failed to run the job with aborted phase.") }],
  [5, { phase: "PERMANENT_FAILURE", error: user("TaskFailedWithError", "failed to run the job: m") }],
  [6, { phase: "INITIALIZING", reason: "m" }],
  [7, { phase: "WAITING_FOR_RESOURCES", reason: "m" }],
  [8, { phase: "RETRYABLE_FAILURE", error: user("TaskFailedWithError", "failed to run the job: m") }],
  [9, undefined],
  [-1, undefined],
])("phase %i", (phase, expected) => {
  expect(readAnswer({ resource: { phase, message: "m" }, outputs }, template, false)).toEqual(expected);
});

test.each<[state: number, expected: object | undefined]>([
  [0, { phase: "RETRYABLE_FAILURE", error: user("TaskFailedWithError", "failed to run the job.\nm") }],
  [1, { phase: "PERMANENT_FAILURE", error: user("TaskFailedWithError", "failed to run the job.\nm") }],
  [2, { phase: "INITIALIZING", reason: "m" }],
  [3, { phase: "RUNNING", reason: "m" }],
  [4, { phase: "SUCCESS", reason: "m", outputs }],
  [5, undefined],
])("state %i of a connector that knows no phases", (state, expected) => {
  expect(readAnswer({ resource: { state, message: "m" }, outputs }, template, false)).toEqual(expected);
});

test("an error's own code counts for calls only", () => {
  const answer = { resource: { phase: 5, message: "m", agentError: { code: "Quota" } }, outputs: undefined };
  expect([true, false].map((isSync) => readAnswer(answer, template, isSync)?.error?.code)).toEqual(["Quota", "TaskFailedWithError"]);
});

test("outputs are what is declared, or the task's own to write", () => {
  const resource = { phase: 3 };
  expect(readAnswer({ resource, outputs: undefined }, template, false)).toEqual({ phase: "SUCCESS" });
  expect(readAnswer({ resource, outputs }, {}, false)).toEqual({ phase: "SUCCESS" });
  const other = flyteidl.core.LiteralMap.encode({ literals: { p: {} } }).finish();
  expect(readAnswer({ resource, outputs: other }, template, false)?.error).toEqual(
    user("OutputsNotFound", "the connector's outputs [p] lack [o], which the task declares"),
  );
});

test("what is shown of a job is no larger than an event may be", () => {
  const long = readAnswer({ resource: { phase: 2, message: "x".repeat(1 << 20) }, outputs: undefined }, template, false);
  expect(long?.reason).toHaveLength(10_000);
  const customInfo = { fields: { a: { stringValue: "x".repeat(70_000) } } };
  expect(readAnswer({ resource: { phase: 2, customInfo }, outputs: undefined }, template, false)).toMatchObject({
    phase: "RETRYABLE_FAILURE",
    error: {
      code: "SystemError",
      kind: "SYSTEM",
      message: expect.stringMatching(/^the connector's log links and custom info are 70\d+ bytes/),
    },
  });
});
