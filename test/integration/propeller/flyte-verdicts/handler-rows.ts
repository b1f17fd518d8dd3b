import Long from "long";
import { condition, integer, integers, promise } from "../workflow-of.ts";
import { flyteidl } from "../../../../src/idl/flyteidl.ts";
import { settings } from "../bench.ts";
import { StatusError } from "../../../../src/idl/status.ts";
import { toDuration } from "../../../../src/idl/time.ts";
import type { BindingData } from "../../../../src/idl/types.ts";
import type { NodeOf, WorkflowOf } from "../workflow-of.ts";
import type { Step } from "../../../support/scripted-plugin.ts";
import type { VerdictRow } from "./verdict-row.ts";

const permanent: Step = { phase: "PERMANENT_FAILURE", error: { code: "x", message: "y", kind: "USER" } };
const lost: Step = { phase: "RETRYABLE_FAILURE", error: { code: "x", message: "y", kind: "SYSTEM" } };
const bound = (value: number): BindingData => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
const list = (...values: number[]): BindingData => ({ collection: { bindings: values.map(bound) } });
const { INDIVIDUAL_INPUT_FILES: dataMode } = flyteidl.core.ArrayNode.DataMode;

type Rest = Omit<VerdictRow, "of" | "workflow">;

const array = (of: string, inputs: NonNullable<NodeOf["inputs"]>, more: NodeOf["array"], rest: Rest): VerdictRow => ({
  of: `nodes/array/handler_test.go ${of}`,
  workflow: { nodes: { n: { inputs, array: { dataMode, ...more } } } },
  ...rest,
});
const elements = (...steps: (readonly (readonly Step[])[])[]): Rest["given"] => ({
  steps: Object.fromEntries(steps.map((each, index) => [`n-0-n${index}`, each])),
});
const running: readonly (readonly Step[])[] = [["RUNNING"]];
const well: readonly (readonly Step[])[] = [["SUCCESS"]];
const bad: readonly (readonly Step[])[] = [[permanent]];
const failures = (name: string, ignoreRetryCause: boolean, kind: "USER" | "SYSTEM", attempts: number): VerdictRow =>
  array(
    `TestHandleArrayNodePhaseExecutingSubNodeFailures/${name}`,
    { l: list(0) },
    {},
    {
      given: {
        ...elements([[{ phase: "RETRYABLE_FAILURE", error: { code: "", message: "", kind } }]]),
        settings: { nodeDefaults: { ...settings.nodeDefaults, maxAttempts: 3, maxSystemFailures: 10, ignoreRetryCause } },
      },
      until: "END",
      sees: { n: "QUEUED RUNNING FAILED", [`n[0/${attempts - 1}]`]: "FAILED", [`n[0/${attempts}]`]: "NONE" },
    },
  );

const arrays: readonly VerdictRow[] = [
  array(
    "TestHandleArrayNodePhaseNone/Success",
    { foo: list(1, 2) },
    {},
    { given: elements(running, running), until: "REST", sees: { n: "QUEUED RUNNING", "n[1/0]": "RUNNING", "n[2/0]": "NONE" } },
  ),
  array(
    "TestHandleArrayNodePhaseNone/SuccessMultipleInputs",
    { foo: list(1, 2, 3), bar: list(4, 5, 6) },
    {},
    {
      until: "END",
      given: elements(well, well, well),
      sees: { n: "QUEUED RUNNING SUCCEEDED", "n[2/0]": "SUCCEEDED", "n[3/0]": "NONE" },
      outputs: integers(6, 8, 10),
    },
  ),
  array(
    "TestHandleArrayNodePhaseNone/FailureDifferentInputListLengths",
    { foo: list(1, 2), bar: list(3) },
    {},
    { until: "END", sees: { n: "QUEUED FAILED" }, codes: { n: "InvalidArrayLength" } },
  ),
  array(
    "TestHandleArrayNodePhaseNone/boundInputs",
    { foo: list(1, 2, 3), bar: bound(1) },
    { boundInputs: ["bar"] },
    { until: "END", given: elements(well, well, well), sees: { "n[2/0]": "SUCCEEDED", "n[3/0]": "NONE" }, outputs: integers(3, 4, 5) },
  ),
  array(
    "TestHandleArrayNodePhaseNone/All boundInputs",
    { foo: list(1, 2, 3), bar: list(1, 2, 3) },
    { boundInputs: ["foo", "bar"] },
    { until: "END", given: elements(well), sees: { "n[0/0]": "SUCCEEDED", "n[1/0]": "NONE" } },
  ),
  array(
    "TestHandleArrayNodePhaseExecuting/StartAllSubNodes",
    { l: list(0, 1) },
    { parallelism: 0 },
    { given: elements(running, running), until: "REST", sees: { "n[0/0]": "RUNNING", "n[1/0]": "RUNNING" } },
  ),
  array(
    "TestHandleArrayNodePhaseExecuting/StartOneSubNodeParallelism",
    { l: list(0, 1) },
    { parallelism: 1 },
    { given: elements(running, running), until: "REST", sees: { "n[0/0]": "RUNNING", "n[1/0]": "UNDEFINED" } },
  ),
  {
    ...array(
      "TestHandleArrayNodePhaseExecuting/UtilizeWfParallelismAllSubNodes",
      { l: list(0, 1) },
      {},
      {
        given: { ...elements(running, running), settings: { arrayParallelism: "workflow", maxParallelism: 2 } },
        until: "REST",
        sees: { "n[0/0]": "RUNNING", "n[1/0]": "RUNNING" },
      },
    ),
  },
  array(
    "TestHandleArrayNodePhaseExecuting/UtilizeWfParallelismSomeSubNodes",
    { l: list(0, 1) },
    {},
    {
      given: { ...elements(running, running), settings: { arrayParallelism: "workflow", maxParallelism: 1 } },
      until: "REST",
      sees: { "n[0/0]": "RUNNING", "n[1/0]": "UNDEFINED" },
    },
  ),
  array(
    "TestHandleArrayNodePhaseExecuting/StartSubNodesNewAttempts",
    { l: list(0, 1) },
    { metadata: { name: "e", retries: { retries: 1 } } },
    {
      given: elements([[lost], ["RUNNING"]], [[lost], ["RUNNING"]]),
      until: "REST",
      sees: { "n[0/0]": "FAILED", "n[0/1]": "RUNNING", "n[1/1]": "RUNNING" },
    },
  ),
  array(
    "TestHandleArrayNodePhaseExecuting/AllSubNodesSuccedeed",
    { l: list(0, 1) },
    {},
    { given: elements(well, well), until: "END", sees: { n: "QUEUED RUNNING SUCCEEDED" }, outputs: integers(1, 2) },
  ),
  array(
    "TestHandleArrayNodePhaseExecuting/OneSubNodeSuccedeedMinSuccessRatio",
    { l: list(0, 1) },
    { minSuccessRatio: 0.5 },
    { given: elements(well, bad), until: "END", sees: { n: "QUEUED RUNNING SUCCEEDED" } },
  ),
  array(
    "TestHandleArrayNodePhaseExecuting/OneSubNodeFailed",
    { l: list(0, 1) },
    {},
    { given: elements(well, bad), until: "END", sees: { n: "QUEUED RUNNING FAILED", workflow: "RUNNING FAILING FAILED" } },
  ),
  failures("UserFailure", false, "USER", 3),
  failures("SystemFailure", false, "SYSTEM", 11),
  failures("UserFailureIgnoreRetryCause", true, "USER", 3),
  failures("SystemFailureIgnoreRetryCause", true, "SYSTEM", 3),
  array(
    "TestHandleArrayNodePhaseSucceeding/Success",
    { l: list(0, 1) },
    { minSuccesses: 1 },
    {
      given: elements(well, bad),
      until: "END",
      sees: { n: "QUEUED RUNNING SUCCEEDED" },
      outputs: { collection: { literals: [integer(1), { scalar: { noneType: {} } }] } },
    },
  ),
  array(
    "TestHandleArrayNodePhaseSucceeding/SuccessEmptyInput",
    { l: list() },
    {},
    { until: "END", sees: { n: "QUEUED RUNNING SUCCEEDED" }, outputs: integers() },
  ),
  array(
    "TestHandleArrayNodePhaseFailing/Success",
    { l: list(0, 1) },
    {},
    { given: elements(running, bad), until: "END", sees: { n: "QUEUED RUNNING FAILED", "n[0/0]": "ABORTED" } },
  ),
  array(
    "TestAbort/Aborted while running",
    { l: list(0, 1) },
    {},
    {
      given: elements(running, well),
      meanwhile: (bench) => bench.workflows.terminate({ project: "p", domain: "d", name: "ex" }, "no"),
      until: "END",
      sees: { n: "QUEUED RUNNING ABORTED", "n[0/0]": "ABORTED", "n[1/0]": "SUCCEEDED" },
    },
  ),
];

const gate = (of: string, of_: NonNullable<NodeOf["gate"]>, rest: Omit<VerdictRow, "of" | "workflow">): VerdictRow => ({
  of: `nodes/gate/handler_test.go TestHandle/${of}`,
  workflow: { nodes: { n: { inputs: { x: bound(3) }, gate: of_ } } },
  ...rest,
});
const approve = { approve: { signalId: "s" } };
const signal = { signal: { signalId: "s", type: { simple: flyteidl.core.SimpleType.BOOLEAN }, outputVariableName: "o" } };
const answering =
  (boolean: boolean): VerdictRow["meanwhile"] =>
  (bench) => {
    bench.signals.set("s", { scalar: { primitive: { boolean } } });
    bench.propeller.wake({ project: "p", domain: "d", name: "ex" });
    return bench.propeller.idle();
  };
const broken: VerdictRow["given"] = {
  wrap: (deps) => ({ ...deps, signals: { getOrCreate: () => Promise.reject(new StatusError("UNAVAILABLE", "error")) } }),
};
const gates: readonly VerdictRow[] = [
  gate("ApproveCheck", approve, { until: "REST", sees: { n: "QUEUED RUNNING" } }),
  gate("ApproveComplete", approve, { meanwhile: answering(true), until: "END", sees: { n: "QUEUED RUNNING SUCCEEDED" } }),
  gate("ApproveRejected", approve, {
    meanwhile: answering(false),
    until: "END",
    sees: { n: "QUEUED RUNNING FAILED" },
    codes: { n: "ReceivedRejectSignal" },
  }),
  gate("ApproveError", approve, { given: broken, until: "REST", sees: { n: "QUEUED" } }),
  gate("SignalCheck", signal, { until: "REST", sees: { n: "QUEUED RUNNING" } }),
  gate("SignalComplete", signal, {
    meanwhile: answering(true),
    until: "END",
    sees: { n: "QUEUED RUNNING SUCCEEDED" },
    outputs: { scalar: { primitive: { boolean: true } } },
  }),
  gate("SignalError", signal, { given: broken, until: "REST", sees: { n: "QUEUED" } }),
  gate(
    "SleepCheck",
    { sleep: { duration: toDuration(3_600_000) } },
    { meanwhile: (bench) => bench.advance(1000), until: "REST", sees: { n: "QUEUED RUNNING" } },
  ),
  gate(
    "SleepComplete",
    { sleep: { duration: toDuration(1000) } },
    { meanwhile: (bench) => bench.advance(1000), until: "REST", sees: { n: "QUEUED RUNNING SUCCEEDED" } },
  ),
];

const launch = (
  of: string,
  meanwhile: VerdictRow["meanwhile"],
  n: string,
  code?: string,
  until: VerdictRow["until"] = "REST",
): VerdictRow => ({
  of: `nodes/subworkflow/launchplan_test.go ${of}`,
  workflow: { nodes: { n: { launches: "lp" } } },
  ...(meanwhile && { meanwhile }),
  until,
  sees: { n },
  ...(code !== undefined && { codes: { n: code } }),
});
const child = "ex-n-0";
const ending =
  (
    phase: "SUCCEEDED" | "FAILED" | "ABORTED",
    how: Parameters<import("../bench.ts").Bench["children"]["end"]>[2] = {},
  ): VerdictRow["meanwhile"] =>
  (bench) => {
    bench.children.end(child, phase, how);
    bench.workflows.wake({ project: "p", domain: "d", name: "ex" }, "n");
    return bench.propeller.idle();
  };
const refusing =
  (of: string, status: "NOT_FOUND" | "INTERNAL", method: string): VerdictRow["meanwhile"] =>
  (bench) => {
    bench.children.before = (called) => {
      if (called === method) throw new StatusError(status, of);
    };
    bench.propeller.wake({ project: "p", domain: "d", name: "ex" });
    return bench.propeller.idle();
  };
const { USER } = flyteidl.core.ExecutionError.ErrorKind;
const launches: readonly VerdictRow[] = [
  launch("TestSubWorkflowHandler_StartLaunchPlan/happy", undefined, "QUEUED RUNNING"),
  launch("TestSubWorkflowHandler_CheckLaunchPlanStatus/stillRunning", (bench) => bench.step(), "QUEUED RUNNING"),
  launch("TestSubWorkflowHandler_CheckLaunchPlanStatus/successNoOutputs", ending("SUCCEEDED"), "QUEUED RUNNING SUCCEEDED"),
  {
    ...launch(
      "TestSubWorkflowHandler_CheckLaunchPlanStatus/successOutputs",
      ending("SUCCEEDED", { outputs: { literals: { o: integer(5) } } }),
      "QUEUED RUNNING SUCCEEDED",
    ),
    outputs: integer(5),
  },
  launch(
    "TestSubWorkflowHandler_CheckLaunchPlanStatus/failureError",
    ending("FAILED", { error: { code: "code", message: "message", kind: USER } }),
    "QUEUED RUNNING FAILED",
    "code",
  ),
  launch(
    "TestSubWorkflowHandler_CheckLaunchPlanStatus/failureNoError",
    ending("FAILED"),
    "QUEUED RUNNING FAILED",
    "LaunchPlanExecutionFailed",
  ),
  launch(
    "TestSubWorkflowHandler_CheckLaunchPlanStatus/aborted",
    ending("ABORTED"),
    "QUEUED RUNNING FAILED",
    "RemoteChildWorkflowExecutionFailed",
  ),
  launch(
    "TestSubWorkflowHandler_CheckLaunchPlanStatus/notFound",
    refusing("gone", "NOT_FOUND", "get"),
    "QUEUED RUNNING FAILED",
    "RemoteChildWorkflowExecutionFailed",
  ),
  launch("TestSubWorkflowHandler_CheckLaunchPlanStatus/systemError", refusing("error", "INTERNAL", "get"), "QUEUED RUNNING"),
  launch(
    "TestLaunchPlanHandler_HandleAbort/abort-success",
    (bench) => bench.workflows.terminate({ project: "p", domain: "d", name: "ex" }, "no"),
    "QUEUED RUNNING ABORTED",
    undefined,
    "END",
  ),
];

const branch = (
  of: string,
  v: number,
  of_: NonNullable<NodeOf["branch"]>,
  rest: Omit<VerdictRow, "of" | "workflow" | "until">,
  until: VerdictRow["until"] = "END",
): VerdictRow => ({
  of: `nodes/branch/${of}`,
  workflow: { nodes: { n: { inputs: { v: bound(v) }, branch: of_ } } },
  until,
  ...rest,
});
const isOne = condition("v", "EQ", 1);
const branches: readonly VerdictRow[] = [
  branch(
    "handler_test.go TestBranchHandler_RecurseDownstream/childPending",
    1,
    { when: isOne, arm: {} },
    { given: { steps: { "n-0-n-then": [["QUEUED"]] } }, sees: { n: "QUEUED RUNNING", "n-0-n-then": "QUEUED" } },
    "REST",
  ),
  branch(
    "handler_test.go TestBranchHandler_RecurseDownstream/childStillRunning",
    1,
    { when: isOne, arm: {} },
    { given: { steps: { "n-0-n-then": [["RUNNING"]] } }, sees: { n: "QUEUED RUNNING", "n-0-n-then": "QUEUED RUNNING" } },
    "REST",
  ),
  branch(
    "handler_test.go TestBranchHandler_RecurseDownstream/childNodeError",
    1,
    { when: isOne, arm: {} },
    { given: { steps: { "n-0-n-then": [[{ phase: "RUNNING", throws: "err" }]] } }, sees: { n: "QUEUED RUNNING" } },
    "REST",
  ),
  branch(
    "handler_test.go TestBranchHandler_RecurseDownstream/childFailure",
    1,
    { when: isOne, arm: {} },
    { given: { steps: { "n-0-n-then": bad } }, sees: { n: "QUEUED RUNNING FAILED" }, codes: { n: "x" } },
  ),
  branch(
    "handler_test.go TestBranchHandler_RecurseDownstream/childComplete",
    1,
    { when: isOne, arm: { inputs: { x: bound(1) } } },
    { sees: { n: "QUEUED RUNNING SUCCEEDED" }, outputs: integer(2) },
  ),
  branch(
    "handler_test.go TestBranchHandler_RecurseDownstream/childCompleteNoOutputs",
    1,
    { when: isOne, arm: { task: { interface: {} } } },
    { given: { outputs: () => undefined }, sees: { n: "QUEUED RUNNING SUCCEEDED" } },
  ),
  branch(
    "evaluator_test.go TestDecideBranch/WithThenNode",
    1,
    { when: isOne, arm: {} },
    { sees: { "n-0-n-then": "QUEUED RUNNING SUCCEEDED" } },
  ),
  branch(
    "evaluator_test.go TestDecideBranch/RepeatedCondition",
    1,
    { when: isOne, arm: {}, other: { when: isOne, arm: {} } },
    { sees: { "n-0-n-then": "QUEUED RUNNING SUCCEEDED", "n-0-n-other": "NONE" } },
  ),
  branch(
    "evaluator_test.go TestDecideBranch/SecondCondition",
    2,
    { when: isOne, arm: {}, other: { when: condition("v", "EQ", 2), arm: {} } },
    { sees: { "n-0-n-then": "NONE", "n-0-n-other": "QUEUED RUNNING SUCCEEDED" } },
  ),
  branch(
    "evaluator_test.go TestDecideBranch/ElseCase",
    3,
    { when: isOne, arm: {}, other: { when: condition("v", "EQ", 2), arm: {} }, else: {} },
    { sees: { "n-0-n-then": "NONE", "n-0-n-other": "NONE", "n-0-n-else": "QUEUED RUNNING SUCCEEDED" } },
  ),
  branch(
    "evaluator_test.go TestDecideBranch/ElseFailCase",
    3,
    { when: isOne, arm: {}, error: "User error" },
    { sees: { n: "QUEUED RUNNING FAILED" }, codes: { n: "UserProvidedError" } },
  ),
  branch(
    "evaluator_test.go TestEvaluateComparison/ComparePrimitiveAndLiteralNotFound",
    3,
    { when: condition("missing", "EQ", 1), arm: {} },
    { sees: { n: "QUEUED RUNNING FAILED" }, codes: { n: "MalformedBranchUserError" } },
  ),
];

/** Left, operator, right, and whether it holds; undefined when they cannot be compared so. */
const compared = [
  [1, "GT", 2, false],
  [2, "GT", 1, true],
  [1, "GTE", 2, false],
  [2, "GTE", 1, true],
  [1, "LT", 2, true],
  [2, "LT", 1, false],
  [1, "LTE", 2, true],
  [2, "LTE", 1, false],
  [1, "NEQ", 2, true],
  [2, "EQ", 1, false],
  [1, "EQ", 1, true],
  [1, "NEQ", 1, false],
  [1, "LTE", 1, true],
  [1, "LT", 1, false],
  [1, "GTE", 1, true],
  [1, "GT", 1, false],
  [true, "GT", false, undefined],
  [true, "LT", false, undefined],
  [true, "GTE", false, undefined],
  [true, "LTE", false, undefined],
  [true, "NEQ", false, true],
  [false, "EQ", true, false],
  [true, "EQ", true, true],
  [true, "NEQ", true, false],
] as const;
const primitive = (value: number | boolean) => (typeof value === "boolean" ? { boolean: value } : { integer: Long.fromNumber(value) });
const comparisons = compared.map(([left, operator, right, holds]): VerdictRow => ({
  of: `nodes/branch/comparator_test.go TestEvaluate_${typeof left === "boolean" ? "boolean" : "int"}/${left} ${operator} ${right}`,
  workflow: {
    nodes: {
      n: {
        inputs: { v: { scalar: { primitive: primitive(left) } } },
        branch: {
          when: {
            comparison: {
              leftValue: { var: "v" },
              operator: flyteidl.core.ComparisonExpression.Operator[operator],
              rightValue: { primitive: primitive(right) },
            },
          },
          arm: {},
          error: "it does not hold",
        },
      },
    },
  },
  until: "END",
  sees: { n: holds ? "QUEUED RUNNING SUCCEEDED" : "QUEUED RUNNING FAILED" },
  ...(!holds && { codes: { n: holds === undefined ? "MalformedBranchUserError" : "UserProvidedError" } }),
}));

const made: WorkflowOf = { nodes: { a: {} }, outputs: { o: promise("a") } };
const dynamic = (
  of: string,
  node: NodeOf,
  steps: Record<string, readonly (readonly Step[])[]>,
  rest: Omit<VerdictRow, "of" | "workflow" | "given">,
): VerdictRow => ({
  of: `nodes/dynamic/handler_test.go ${of}`,
  workflow: { nodes: { n: node } },
  given: { steps },
  ...rest,
});
const parent = "Test_dynamicNodeHandler_Handle_Parent";
const within = "Test_dynamicNodeHandler_Handle_SubTaskV1";
const dynamics: readonly VerdictRow[] = [
  dynamic(`${parent}/error`, { makes: made }, { n: [[{ phase: "RUNNING", throws: "error" }]] }, { until: "REST", sees: { n: "QUEUED" } }),
  dynamic(`${parent}/success-non-parent`, {}, { n: well }, { until: "END", sees: { n: "QUEUED SUCCEEDED" } }),
  dynamic(`${parent}/running-non-parent`, {}, { n: running }, { until: "REST", sees: { n: "QUEUED RUNNING" } }),
  dynamic(
    `${parent}/retryfailure-non-parent`,
    {},
    { n: [[lost], ["RUNNING"]] },
    { until: "REST", sees: { "n/0": "QUEUED FAILED", "n/1": "QUEUED RUNNING" } },
  ),
  dynamic(`${parent}/failure-non-parent`, {}, { n: bad }, { until: "END", sees: { n: "QUEUED FAILED" }, codes: { n: "x" } }),
  dynamic(
    `${parent}/success-parent`,
    { makes: made },
    { n: well, "n-0-a": running },
    { until: "REST", sees: { n: "QUEUED RUNNING DYNAMIC_RUNNING", "n-0-a": "QUEUED RUNNING" } },
  ),
  dynamic(`${parent}/running-parent`, { makes: made }, { n: running }, { until: "REST", sees: { n: "QUEUED RUNNING", "n-0-a": "NONE" } }),
  dynamic(
    `${parent}/retryfailure-parent`,
    { makes: made },
    { n: [[lost], ["RUNNING"]] },
    { until: "REST", sees: { "n/0": "QUEUED FAILED", "n/1": "QUEUED RUNNING", "n-0-a": "NONE" } },
  ),
  dynamic(
    `${within}/error`,
    { makes: made },
    { n: well, "n-0-a": [[{ phase: "RUNNING", throws: "error" }]] },
    { until: "REST", sees: { n: "QUEUED RUNNING DYNAMIC_RUNNING" } },
  ),
  dynamic(
    `${within}/complete`,
    { makes: made },
    { n: well },
    { until: "END", sees: { n: "QUEUED RUNNING DYNAMIC_RUNNING SUCCEEDED" }, outputs: integer(1) },
  ),
  dynamic(
    `${within}/failed`,
    { makes: made, metadata: { name: "n", retries: { retries: 3 } } },
    { n: well, "n-0-a": bad },
    { until: "END", sees: { n: "QUEUED RUNNING DYNAMIC_RUNNING FAILED", "n/1": "NONE" }, codes: { n: "x" } },
  ),
  dynamic(
    `${within}/running`,
    { makes: made },
    { n: well, "n-0-a": running },
    { until: "REST", sees: { n: "QUEUED RUNNING DYNAMIC_RUNNING" } },
  ),
];

const noOutputs = { outputs: () => undefined };
const error = (recoverable: boolean): VerdictRow["given"] => ({
  steps: { n: [["SUCCESS"], ["RUNNING"]] },
  wrap: (deps) => ({
    ...deps,
    plugins: {
      ...deps.plugins,
      choose(type) {
        const plugin = deps.plugins.choose(type);
        return (
          plugin && {
            ...plugin,
            async handle(context) {
              const { ContainerError } = flyteidl.core;
              const kind = recoverable ? ContainerError.Kind.RECOVERABLE : ContainerError.Kind.NON_RECOVERABLE;
              const document = { error: { code: "USER:x", message: "y", kind, origin: flyteidl.core.ExecutionError.ErrorKind.SYSTEM } };
              if (context.id.retryAttempt === 0)
                await deps.blobs.put(`${context.outputPrefix}/error.pb`, flyteidl.core.ErrorDocument.encode(document).finish());
              return plugin.handle(context);
            },
          }
        );
      },
    },
  }),
});
const task = (of: string, given: VerdictRow["given"], rest: Omit<VerdictRow, "of" | "workflow" | "given">): VerdictRow => ({
  of: `nodes/task/handler_test.go Test_task_Handle_NoCatalog/${of}`,
  workflow: { nodes: { n: {} } },
  ...(given && { given }),
  ...rest,
});
const tasks: readonly VerdictRow[] = [
  task("success", { steps: { n: well } }, { until: "END", sees: { n: "QUEUED SUCCEEDED", "n/0": "QUEUED SUCCEEDED" } }),
  task(
    "success-output-missing",
    { steps: { n: [["SUCCESS"], ["RUNNING"]] }, ...noOutputs },
    { until: "REST", sees: { "n/0": "QUEUED FAILED", "n/1": "QUEUED RUNNING" } },
  ),
  task("success-output-err-recoverable", error(true), { until: "REST", sees: { "n/0": "QUEUED FAILED", "n/1": "QUEUED RUNNING" } }),
  task("success-output-err-non-recoverable", error(false), {
    until: "END",
    sees: { n: "QUEUED FAILED", "n/0": "QUEUED FAILED", "n/1": "NONE" },
  }),
  task("running", { steps: { n: running } }, { until: "REST", sees: { n: "QUEUED RUNNING", "n/0": "QUEUED RUNNING" } }),
  task(
    "running-no-event-phaseversion",
    { steps: { n: [["RUNNING", "RUNNING"]] } },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { "n/0": "QUEUED RUNNING" } },
  ),
  task(
    "running-error",
    { steps: { n: [["RUNNING", { phase: "RUNNING", throws: "error" }]] } },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { "n/0": "QUEUED RUNNING" } },
  ),
];

export const handlerRows: readonly VerdictRow[] = [...arrays, ...gates, ...launches, ...branches, ...comparisons, ...dynamics, ...tasks];
