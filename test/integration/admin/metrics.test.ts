import { expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { openAdmin } from "./admin-kit.ts";
import type { AdminKit } from "./admin-kit.ts";
import { at, executionId, identifier, launchRequest, nodeId, registerAll, secondsOf } from "./fixtures.ts";

// What is expected was computed by hand from Flyte's metrics manager (flyteadmin/pkg/manager/impl/metrics_manager.go).

const { core } = flyteidl;
type NodePhase = keyof typeof core.NodeExecution.Phase;
type TaskPhase = keyof typeof core.TaskExecution.Phase;

/** `what from→to` a line, indented below what it is part of; seconds of the test's time, `?` for none. */
function lines(span: flyteidl.core.Span.$Properties | null | undefined, indent = ""): string[] {
  const { startTime, endTime, workflowId, nodeId: node, taskId: attempt, operationId, spans } = span ?? {};
  const what = workflowId?.name ?? node?.nodeId ?? (attempt ? `${attempt.taskId?.name}#${attempt.retryAttempt}` : operationId);
  const line = `${indent}${what} ${secondsOf(startTime) ?? "?"}→${secondsOf(endTime) ?? "?"}`;
  return [line, ...(spans ?? []).flatMap((one) => lines(one, `${indent}  `))];
}

async function metrics(kit: AdminKit, depth: number, name = "e1"): Promise<string[]> {
  return lines((await kit.call("GetExecutionMetrics", { id: executionId(name), depth })).span);
}

async function launched(name = "e1"): Promise<AdminKit> {
  const kit = await openAdmin();
  await registerAll(kit);
  await kit.call("CreateExecution", launchRequest(name));
  return kit;
}

const workflow = (kit: AdminKit, phase: keyof typeof core.WorkflowExecution.Phase, seconds: number, name = "e1") =>
  kit.call("CreateWorkflowEvent", {
    event: { executionId: executionId(name), phase: core.WorkflowExecution.Phase[phase], occurredAt: at(seconds) },
  });

async function node(
  kit: AdminKit,
  id: string,
  phases: readonly (readonly [NodePhase, number])[],
  more: flyteidl.event.NodeExecutionEvent.$Properties = {},
  execution = "e1",
): Promise<void> {
  for (const [phase, seconds] of phases) {
    await kit.call("CreateNodeEvent", {
      event: {
        id: nodeId(execution, id),
        phase: core.NodeExecution.Phase[phase],
        occurredAt: at(seconds),
        specNodeId: id.split(":").at(-1) ?? "",
        ...more,
      },
    });
  }
}

async function attempt(kit: AdminKit, id: string, retryAttempt: number, phases: readonly (readonly [TaskPhase, number])[]): Promise<void> {
  for (const [phase, seconds] of phases) {
    await kit.call("CreateTaskEvent", {
      event: {
        taskId: identifier("TASK", "double"),
        parentNodeExecutionId: nodeId("e1", id),
        retryAttempt,
        phase: core.TaskExecution.Phase[phase],
        occurredAt: at(seconds),
      },
    });
  }
}

test("an execution of tasks, at every depth", async () => {
  const kit = await launched();
  expect(await metrics(kit, 0)).toEqual(["e1 0→0"]);
  expect(await metrics(kit, 5)).toEqual(["e1 0→0", "  WORKFLOW_SETUP 0→0"]);
  await workflow(kit, "RUNNING", 1);
  await node(kit, "start-node", [["SUCCEEDED", 2]]);
  await node(kit, "n0", [
    ["QUEUED", 3],
    ["RUNNING", 5],
  ]);
  await attempt(kit, "n0", 0, [
    ["QUEUED", 4],
    ["RUNNING", 5],
    ["FAILED", 7],
  ]);
  await attempt(kit, "n0", 1, [
    ["QUEUED", 9],
    ["RUNNING", 10],
  ]);
  // What has not ended runs up to what was last heard of it.
  expect((await metrics(kit, -1)).slice(-2)).toEqual(["      TASK_SETUP 9→10", "      TASK_RUNTIME 10→10"]);
  await attempt(kit, "n0", 1, [["SUCCEEDED", 14]]);
  await node(kit, "n0", [["SUCCEEDED", 15]]);
  await node(kit, "n1", [
    ["QUEUED", 17],
    ["FAILED", 18],
  ]);
  await workflow(kit, "FAILED", 21);

  expect(await metrics(kit, 0)).toEqual(["e1 0→21"]);
  const workflowAlone = ["e1 0→21", "  WORKFLOW_SETUP 0→2"];
  const end = "  WORKFLOW_TEARDOWN 18→21";
  expect(await metrics(kit, 1)).toEqual([
    ...workflowAlone,
    "  n0 3→15",
    "    NODE_TRANSITION 2→3",
    "  n1 17→18",
    "    NODE_TRANSITION 15→17",
    end,
  ]);
  expect(await metrics(kit, 2)).toEqual([
    ...workflowAlone,
    "  n0 3→15",
    "    NODE_TRANSITION 2→3",
    "    NODE_SETUP 3→4",
    "    NODE_RESET 7→9",
    "    NODE_TEARDOWN 14→15",
    "  n1 17→18",
    "    NODE_TRANSITION 15→17",
    "    NODE_SETUP 17→18",
    end,
  ]);
  const all = [
    ...workflowAlone,
    "  n0 3→15",
    "    NODE_TRANSITION 2→3",
    "    NODE_SETUP 3→4",
    "    double#0 4→7",
    "      TASK_SETUP 4→5",
    "      TASK_RUNTIME 5→7",
    "      TASK_TEARDOWN 7→7",
    "    NODE_RESET 7→9",
    "    double#1 9→14",
    "      TASK_SETUP 9→10",
    "      TASK_RUNTIME 10→14",
    "      TASK_TEARDOWN 14→14",
    "    NODE_TEARDOWN 14→15",
    "  n1 17→18",
    "    NODE_TRANSITION 15→17",
    "    NODE_SETUP 17→18",
    end,
  ];
  expect(await metrics(kit, 3)).toEqual(all);
  expect(await metrics(kit, -1)).toEqual(all);
});

test("branch, gate, sub-workflow, launch plan and dynamic nodes", async () => {
  const kit = await launched();
  await kit.call("CreateExecution", launchRequest("child"));
  const task = (id: string) => ({ id, taskNode: { referenceId: identifier("TASK", "double") } });
  const connections = (upstream: Record<string, string[]>) => ({
    upstream: Object.fromEntries(Object.entries(upstream).map(([id, ids]) => [id, { ids }])),
  });
  const inner = (name: string) => ({
    template: { id: identifier("WORKFLOW", name), nodes: [{ id: "start-node" }, task("i"), { id: "end-node" }] },
    connections: connections({ i: ["start-node"], "end-node": ["i"] }),
  });
  const closure = {
    primary: {
      template: {
        id: identifier("WORKFLOW", "wf"),
        nodes: [
          { id: "start-node" },
          { id: "b", branchNode: { ifElse: { case: { thenNode: task("b-then") }, other: [], elseNode: task("b-else") } } },
          { id: "g", gateNode: { signal: { signalId: "s" } } },
          { id: "s", workflowNode: { subWorkflowRef: identifier("WORKFLOW", "sub") } },
          { id: "l", workflowNode: { launchplanRef: identifier("LAUNCH_PLAN", "wf") } },
          task("d"),
          { id: "a", arrayNode: { node: task("") } },
          { id: "end-node" },
        ],
      },
      connections: connections({ b: ["start-node"], g: ["b"], s: ["g"], l: ["s", "b"], d: ["l"], a: ["d"], "end-node": ["a", "g"] }),
    },
    subWorkflows: [inner("sub")],
  };
  const row = await kit.deps.state.read.workflows.get({ project: "flytesnacks", domain: "development", name: "wf", version: "v1" });
  await kit.deps.blobs.put(row?.remoteClosureIdentifier ?? "", core.CompiledWorkflowClosure.encode(closure).finish());

  const done = (from: number, to: number): (readonly [NodePhase, number])[] => [
    ["QUEUED", from],
    ["SUCCEEDED", to],
  ];
  const within = (parent: string) => ({ parentNodeMetadata: { nodeId: parent } });
  await node(kit, "start-node", [["SUCCEEDED", 1]]);
  // A branch that has taken no arm yet, then one that has.
  await node(kit, "b", [["QUEUED", 2]]);
  expect((await metrics(kit, -1)).slice(-1)).toEqual(["    NODE_SETUP 2→2"]);
  await node(kit, "b:b-else", done(3, 5), within("b"));
  await node(kit, "b", [["SUCCEEDED", 6]], { isParent: true });
  await node(kit, "g", [
    ["QUEUED", 7],
    ["RUNNING", 8],
  ]);
  expect((await metrics(kit, -1)).slice(-2)).toEqual(["    NODE_SETUP 7→8", "    NODE_IDLE 8→8"]);
  await node(kit, "g", [["SUCCEEDED", 11]]);
  await node(kit, "s", [["QUEUED", 12]], { isParent: true });
  await node(kit, "s:start-node", [["SUCCEEDED", 13]], within("s"));
  await node(kit, "s:i", done(14, 15), within("s"));
  await node(kit, "s", [["SUCCEEDED", 17]], { isParent: true });
  await workflow(kit, "RUNNING", 19, "child");
  await workflow(kit, "SUCCEEDED", 22, "child");
  await node(kit, "l", done(18, 23), { workflowNodeMetadata: { executionId: executionId("child") } });
  await node(kit, "d", [["QUEUED", 24]], { isParent: true });
  await attempt(kit, "d", 0, [
    ["QUEUED", 25],
    ["SUCCEEDED", 26],
  ]);
  await node(kit, "d", [["DYNAMIC_RUNNING", 27]], {
    isParent: true,
    isDynamic: true,
    taskNodeMetadata: { dynamicWorkflow: { id: identifier("WORKFLOW", "dyn"), compiledWorkflow: { primary: inner("dyn") } } },
  });
  await node(kit, "d:start-node", [["SUCCEEDED", 28]], within("d"));
  await node(kit, "d:i", done(29, 30), within("d"));
  await node(kit, "d", [["SUCCEEDED", 31]], { isParent: true });
  await node(kit, "a", done(32, 33), { isArray: true });
  await workflow(kit, "SUCCEEDED", 34);

  expect(await metrics(kit, -1)).toEqual([
    "e1 0→34",
    "  WORKFLOW_SETUP 0→1",
    "  b 2→6",
    "    NODE_TRANSITION 1→2",
    "    NODE_SETUP 2→3",
    "    b:b-else 3→5",
    "      NODE_SETUP 3→5",
    "    NODE_TEARDOWN 5→6",
    "  g 7→11",
    "    NODE_TRANSITION 6→7",
    "    NODE_SETUP 7→8",
    "    NODE_IDLE 8→11",
    "    NODE_TEARDOWN 11→11",
    "  s 12→17",
    "    NODE_TRANSITION 11→12",
    "    NODE_SETUP 12→13",
    "    s:i 14→15",
    "      NODE_TRANSITION 13→14",
    "      NODE_SETUP 14→15",
    "    NODE_TEARDOWN 15→17",
    "  l 18→23",
    "    NODE_TRANSITION 17→18",
    "    NODE_SETUP 18→0",
    "    child 0→22",
    "      WORKFLOW_SETUP 0→22",
    "    NODE_TEARDOWN 22→23",
    "  d 24→31",
    "    NODE_TRANSITION 23→24",
    "    NODE_SETUP 24→25",
    "    double#0 25→26",
    "      TASK_SETUP 25→26",
    "    NODE_RESET 26→28",
    "    d:i 29→30",
    "      NODE_TRANSITION 28→29",
    "      NODE_SETUP 29→30",
    "    NODE_TEARDOWN 30→31",
    "  a 32→33",
    "    NODE_TRANSITION 31→32",
    "  WORKFLOW_TEARDOWN 33→34",
  ]);
  // Children stand on the level that their parent leaves; a graph within a node has none of its own.
  expect((await metrics(kit, 2)).filter((line) => /^ {4}\S/.test(line) && !line.includes("_"))).toEqual([
    "    b:b-else 3→5",
    "    s:i 14→15",
    "    child 0→22",
    "    d:i 29→30",
  ]);
  expect((await metrics(kit, 2)).filter((line) => /^ {6}\S/.test(line))).toEqual([
    "      NODE_TRANSITION 13→14",
    "      NODE_TRANSITION 28→29",
  ]);
});

test("of nothing", async () => {
  const kit = await openAdmin();
  expect(await kit.verdict("GetExecutionMetrics", {})).toBe("INVALID_ARGUMENT missing execution_id");
  expect(await kit.verdict("GetExecutionMetrics", { id: executionId("nope") })).toMatch(/^NOT_FOUND missing entity of type execution/);
});
