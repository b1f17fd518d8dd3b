import { expect, test } from "vitest";
import { createDirectEventSink } from "../../../src/engine/events/record-events.ts";
import { createPluginRegistry } from "../../../src/plugins/machinery/registry.ts";
import { createDirectChildExecutions } from "../../../src/engine/admin/executions/direct-child-executions.ts";
import { createDirectLaunchPlans } from "../../../src/engine/admin/registration/launch-plan-types.ts";
import { createDirectPastExecutions } from "../../../src/engine/admin/executions/direct-past-executions.ts";
import { createDirectSignals } from "../../../src/engine/admin/signals/get-or-create-signal.ts";
import { createPropeller } from "../../../src/engine/propeller/propeller.ts";
import { createScriptedPlugin, ScriptedWorld } from "../../support/scripted-plugin.ts";
import { emptyCatalog } from "./bench.ts";
import { executionPhaseNumber, executionPhaseOf, nodePhaseOf, taskPhaseOf } from "../../../src/idl/phases.ts";
import { executionId, integer, launchRequest, nodeId, registerAll } from "../admin/fixtures.ts";
import { openAdmin } from "../admin/admin-kit.ts";
import { toNumber, toTimestamp } from "../../../src/idl/time.ts";

test.each(["apart", "in one commit"])(
  "an execution launched in admin runs to its end, and admin knows all of it: saved %s",
  async (how) => {
    const kit = await openAdmin();
    await registerAll(kit);
    const world = new ScriptedWorld({
      outputs: (_node, inputs) => ({ literals: { o0: integer(2 * toNumber(inputs.literals?.["x"]?.scalar?.primitive?.integer)) } }),
    });
    const scripted = { ...createScriptedPlugin(world, kit.deps.blobs), isDefault: true };
    const log = (): void => {};
    const propeller = createPropeller({
      ...kit.deps,
      events: createDirectEventSink(kit.deps, how === "apart" ? undefined : kit.deps.joined),
      catalog: emptyCatalog,
      signals: createDirectSignals(kit.deps),
      children: createDirectChildExecutions(kit.deps, "propeller"),
      past: createDirectPastExecutions(kit.deps),
      launchPlans: createDirectLaunchPlans(kit.deps),
      plugins: createPluginRegistry([scripted]),
      owner: "test",
      logger: { info: log, warn: log, error: log },
    });
    await propeller.start();
    await kit.call("CreateExecution", launchRequest("ex", 3));
    await propeller.idle();
    const phase = async (): Promise<string> => executionPhaseOf((await kit.call("GetExecution", { id: executionId("ex") })).closure?.phase);
    const nodePhase = async (node: string): Promise<string> =>
      nodePhaseOf((await kit.call("GetNodeExecution", { id: nodeId("ex", node) })).closure?.phase);
    expect([await phase(), await nodePhase("n0")]).toEqual(["RUNNING", "QUEUED"]);
    for (const expected of ["RUNNING", "SUCCEEDED"]) {
      for (const attempt of world.unfinished) attempt.position++;
      kit.deps.clock.advance(1000);
      propeller.wake(executionId("ex"));
      await propeller.idle();
      expect(await nodePhase("n0")).toBe(expected);
    }
    for (let step = 0; step < 2; step++) {
      for (const attempt of world.unfinished) attempt.position++;
      propeller.wake(executionId("ex"));
      await propeller.idle();
    }
    expect(await phase()).toBe("SUCCEEDED");
    const data = await kit.call("GetExecutionData", { id: executionId("ex") });
    expect(toNumber(data.fullOutputs?.literals?.["o0"]?.scalar?.primitive?.integer)).toBe(12);
    const tasks = await kit.call("ListTaskExecutions", { nodeExecutionId: nodeId("ex", "n0"), limit: 10 });
    expect(tasks.taskExecutions?.map((task) => taskPhaseOf(task.closure?.phase))).toEqual(["SUCCEEDED"]);
    const nodes = await kit.call("ListNodeExecutions", { workflowExecutionId: executionId("ex"), limit: 10 });
    expect(nodes.nodeExecutions?.map((node) => node.id?.nodeId).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      "end-node",
      "n0",
      "n1",
      "start-node",
    ]);
    await propeller.stop();
  },
);

test.each(["apart", "in one commit"])("an execution terminated in admin is aborted: saved %s", async (how) => {
  const kit = await openAdmin();
  await registerAll(kit);
  const world = new ScriptedWorld({});
  const log = (): void => {};
  const propeller = createPropeller({
    ...kit.deps,
    events: createDirectEventSink(kit.deps, how === "apart" ? undefined : kit.deps.joined),
    catalog: emptyCatalog,
    signals: createDirectSignals(kit.deps),
    children: createDirectChildExecutions(kit.deps, "propeller"),
    past: createDirectPastExecutions(kit.deps),
    launchPlans: createDirectLaunchPlans(kit.deps),
    plugins: createPluginRegistry([{ ...createScriptedPlugin(world, kit.deps.blobs), isDefault: true }]),
    owner: "test",
    logger: { info: log, warn: log, error: log },
  });
  await propeller.start();
  await kit.call("CreateExecution", launchRequest("ex", 3));
  await propeller.idle();
  await kit.call("TerminateExecution", { id: executionId("ex"), cause: "enough" });
  await propeller.idle();
  const execution = await kit.call("GetExecution", { id: executionId("ex") });
  expect(executionPhaseOf(execution.closure?.phase)).toBe("ABORTED");
  expect(execution.closure?.abortMetadata?.cause).toBe("enough");
  expect([...world.attempts.values()].map(({ aborted, finalized }) => ({ aborted, finalized }))).toEqual([
    { aborted: ["Workflow aborted."], finalized: 1 },
  ]);
  await propeller.stop();
});

test("a round whose state is not its own any more leaves no events behind", async () => {
  const kit = await openAdmin();
  await registerAll(kit);
  await kit.call("CreateExecution", launchRequest("ex", 3));
  const id = executionId("ex");
  const { workflows, joined } = kit.deps;
  const sink = createDirectEventSink(kit.deps, joined);
  const snapshot = await workflows.claim(id, "test", 0, 1000);
  const expected = { version: snapshot?.version ?? -1, epoch: snapshot?.epoch ?? -1 };
  const delta = { state: "{}", nodes: new Map([["n0", "{}"]]), completed: false };
  const event = {
    level: "workflow" as const,
    event: {
      executionId: id,
      producerId: "propeller",
      phase: executionPhaseNumber("RUNNING"),
      occurredAt: toTimestamp(kit.deps.clock.now()),
    },
  };
  const phase = async (): Promise<string> => executionPhaseOf((await kit.call("GetExecution", { id })).closure?.phase);
  const before = await phase();
  const stale = { ...expected, version: expected.version + 1 };
  expect(await sink.recordAndSave?.([event], () => ({ id, expected: stale, delta }))).toBe(false);
  expect(await phase()).toBe(before);
  const outcomes: unknown[] = [];
  const follow = (told: readonly unknown[]) => {
    outcomes.push(...told);
    return { id, expected, delta };
  };
  expect(await sink.recordAndSave?.([event, event], follow)).toBe(true);
  expect(outcomes).toMatchObject([undefined, { status: "ALREADY_EXISTS" }]);
  expect(await phase()).toBe("RUNNING");
  const saved = await workflows.claim(id, "test", 0, 1000);
  expect([saved?.version, saved?.state, saved?.nodes.get("n0")]).toEqual([expected.version + 1, "{}", "{}"]);
  await expect(
    sink.recordAndSave?.([], () => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
});
