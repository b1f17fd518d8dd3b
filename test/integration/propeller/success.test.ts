import { expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { dataOf, integer, promise } from "./workflow-of.ts";

test("one task: order, times and fields of its events", async () => {
  await using bench = await Bench.open({ nodes: { n0: {} }, outputs: { result: promise("n0") } });
  await bench.propeller.start();
  await bench.propeller.idle();
  bench.clock.advance(1000);
  await bench.step();
  bench.clock.advance(2000);
  await bench.step();
  expect(await bench.isOver).toBe(true);
  expect(bench.admin.seen.map(({ subject, phase, at }) => [subject, phase, at])).toEqual([
    ["workflow", "RUNNING", 1000],
    ["start-node", "QUEUED", 1000],
    ["start-node", "SUCCEEDED", 1000],
    ["n0", "QUEUED", 1000],
    ["n0/0", "QUEUED", 1000],
    ["n0/0", "RUNNING", 2000],
    ["n0", "RUNNING", 2000],
    ["n0/0", "SUCCEEDED", 4000],
    ["n0", "SUCCEEDED", 4000],
    ["end-node", "QUEUED", 4000],
    ["end-node", "SUCCEEDED", 4000],
    ["workflow", "SUCCEEDING", 4000],
    ["workflow", "SUCCEEDED", 4000],
  ]);
  const event = (subject: string, phase: string) =>
    bench.admin.seen.find((each) => each.subject === subject && each.phase === phase)?.event.event;
  const uris = Object.fromEntries(
    ["start-node", "n0", "end-node"].map((id) => {
      const { inputUri, outputUri } = event(id, "SUCCEEDED") as { inputUri?: string; outputUri?: string };
      return [id, { inputUri, outputUri }];
    }),
  );
  expect(uris).toEqual({
    "start-node": { inputUri: undefined, outputUri: `${dataOf("start-node")}/0/outputs.pb` },
    n0: { inputUri: `${dataOf("n0")}/inputs.pb`, outputUri: `${dataOf("n0")}/0/outputs.pb` },
    "end-node": { inputUri: `${dataOf("end-node")}/inputs.pb`, outputUri: undefined },
  });
  expect(event("workflow", "SUCCEEDED")).toMatchObject({ outputUri: `${dataOf("end-node")}/0/outputs.pb`, producerId: "propeller" });
  expect(event("n0", "QUEUED")).toMatchObject({ specNodeId: "n0", nodeName: "n0", eventVersion: 1, targetEntity: { name: "task-n0" } });
  expect(event("n0/0", "QUEUED")).toMatchObject({
    inputUri: `${dataOf("n0")}/inputs.pb`,
    taskType: "scripted",
    metadata: { pluginIdentifier: "scripted", generatedName: "ex-n0-0" },
    eventVersion: 1,
  });
  expect(event("n0/0", "RUNNING")).not.toHaveProperty("inputUri");
  expect(event("n0/0", "SUCCEEDED")).toMatchObject({ outputUri: `${dataOf("n0")}/0/outputs.pb` });
  expect(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)).toEqual({ result: expect.objectContaining({ scalar: expect.anything() }) });
  expect(bench.admin.violations).toEqual([]);
  expect([...bench.world.attempts.values()]).toMatchObject([{ name: "ex-n0-0", starts: 1, finalized: 1, aborted: [] }]);
});

test("an attempt has the paths and names of Flyte's layout", async () => {
  await using bench = await runToEnd({
    nodes: { n0: {} },
    spec: { envs: { values: [{ key: "A", value: "b" }] }, launchPlan: { project: "p", domain: "d", name: "lp", version: "v" } },
  });
  const context = bench.world.attempts.get("ex-n0-0")?.context;
  expect(context).toMatchObject({
    id: { task: { name: "task-n0" }, node: { nodeId: "n0", execution: { name: "ex" } }, retryAttempt: 0 },
    inputUri: "s3://bucket/metadata/propeller/p-d-ex/n0/data/inputs.pb",
    outputPrefix: "s3://bucket/metadata/propeller/p-d-ex/n0/data/0",
    previousCheckpointPrefix: "",
    env: { A: "b" },
    workflow: { name: "wf" },
    launchPlan: { name: "lp" },
    interruptible: false,
  });
  expect(context?.rawOutputPrefix).toMatch(/^s3:\/\/bucket\/raw\/[a-z0-9]{2}\/ex-n0-0$/);
  expect(context?.checkpointPrefix).toBe(`${context?.rawOutputPrefix}/_flytecheckpoints`);
});

test("a chain hands values on", async () => {
  await using bench = await runToEnd(
    {
      nodes: {
        a: { inputs: { x: promise("start-node", "x") } },
        b: { inputs: { x: promise("a") } },
        c: { inputs: { x: promise("b"), y: promise("", "x") } },
      },
      outputs: { result: promise("c") },
    },
    { inputs: { literals: { x: integer(10) } } },
  );
  // ((10 + 1) + 1) + 10 + 1
  expect(Number(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)?.["result"]?.scalar?.primitive?.integer)).toBe(23);
  const order = bench.admin.order;
  for (const [first, then] of [
    ["a", "b"],
    ["b", "c"],
  ] as const) {
    expect(order.indexOf(`${first} SUCCEEDED`)).toBeLessThan(order.indexOf(`${then} QUEUED`));
  }
});

test("a diamond runs its sides together and joins once", async () => {
  await using bench = await Bench.open({
    nodes: {
      a: {},
      b: { inputs: { x: promise("a") } },
      c: { inputs: { x: promise("a") } },
      d: { inputs: { x: promise("b"), y: promise("c") } },
    },
  });
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.step();
  await bench.step();
  expect(bench.world.unfinished.map((attempt) => attempt.name)).toEqual(["ex-b-0", "ex-c-0"]);
  await bench.step("b");
  await bench.step("b");
  expect(bench.admin.phases("b")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(bench.admin.phases("d")).toEqual([]);
  await bench.finish();
  expect(bench.admin.phases("d")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING", "SUCCEEDING", "SUCCEEDED"]);
});

test("a workflow without outputs ends without an output file", async () => {
  await using bench = await runToEnd({ nodes: { n0: {} } });
  expect(bench.admin.last("workflow")).toMatchObject({ phase: "SUCCEEDED" });
  expect(bench.admin.last("workflow")?.event.event).not.toHaveProperty("outputUri");
});

test("a workflow without nodes succeeds", async () => {
  await using bench = await runToEnd(
    { nodes: {}, outputs: { same: promise("start-node", "x") } },
    { inputs: { literals: { x: integer(3) } } },
  );
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING", "SUCCEEDING", "SUCCEEDED"]);
  expect(Number(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)?.["same"]?.scalar?.primitive?.integer)).toBe(3);
});

test("a thousand independent nodes take few batches and saves", async () => {
  const nodes = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`n${index}`, {}]));
  await using bench = await Bench.open({ nodes });
  await bench.propeller.start();
  await bench.propeller.idle();
  expect(bench.world.attempts.size).toBe(1000);
  expect(bench.admin.batches.length).toBe(1);
  expect(bench.saves).toBeLessThanOrEqual(2);
  await bench.step();
  await bench.step();
  expect(await bench.isOver).toBe(true);
  expect(bench.admin.batches.length).toBeLessThanOrEqual(5);
  expect(bench.saves).toBeLessThanOrEqual(7);
  expect(bench.admin.violations).toEqual([]);
});

test.each([1, 3])("no more than %i nodes at a time", async (limit) => {
  const nodes = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`n${index}`, {}]));
  await using bench = await Bench.open({ nodes, spec: { maxParallelism: limit } });
  await bench.propeller.start();
  await bench.propeller.idle();
  let most = 0;
  for (let turn = 0; turn < 100 && !(await bench.isOver); turn++) {
    most = Math.max(most, [...bench.world.attempts.values()].filter((attempt) => !attempt.removed).length);
    await bench.step();
  }
  expect(most).toBe(limit);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("a phase is told once, and again with a higher version", async () => {
  await using bench = await runToEnd(
    { nodes: { n0: {} } },
    {
      steps: {
        n0: [
          [
            { phase: "QUEUED", phaseVersion: 0, reason: "no slot" },
            { phase: "QUEUED", phaseVersion: 0, reason: "still none" },
            { phase: "QUEUED", phaseVersion: 1, reason: "next in line" },
            { phase: "RUNNING", logs: [{ name: "Logs", uri: "http://logs" }] },
            { phase: "SUCCESS", use: { cpuSeconds: 1.5, peakMemoryBytes: 1024 } },
          ],
        ],
      },
    },
  );
  expect(bench.admin.phases("n0/0")).toEqual(["QUEUED", "QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(
    bench.admin.seen.filter((each) => each.subject === "n0/0").map((each) => (each.event.event as { reason?: string }).reason),
  ).toEqual(["no slot", "next in line", undefined, undefined]);
  expect(bench.admin.seen.find((each) => each.subject === "n0/0" && each.phase === "RUNNING")?.event.event).toMatchObject({
    logs: [{ name: "Logs", uri: "http://logs" }],
  });
  expect(bench.admin.last("n0/0")?.event.event).toMatchObject({
    customInfo: {
      fields: {
        flyte_resource_use: { structValue: { fields: { cpu_seconds: { numberValue: 1.5 }, peak_memory_bytes: { numberValue: 1024 } } } },
      },
    },
  });
});

test("a task that is done before it is first asked about has its QUEUED and RUNNING all the same", async () => {
  await using bench = await runToEnd({ nodes: { n0: {} } }, { steps: { n0: [[{ phase: "SUCCESS", startedAt: 1500, occurredAt: 1700 }]] } });
  const seen = bench.admin.seen
    .filter((each) => each.subject.startsWith("n0"))
    .map(({ subject, phase, at }) => `${subject} ${phase} ${at}`);
  expect(seen).toEqual([
    "n0 QUEUED 1000",
    "n0/0 QUEUED 1000",
    "n0/0 RUNNING 1500",
    "n0/0 SUCCEEDED 1700",
    "n0 RUNNING 1500",
    "n0 SUCCEEDED 1700",
  ]);
});
