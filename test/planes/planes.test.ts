import { randomInt } from "node:crypto";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Long from "long";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AdminClient } from "../../src/client/admin-client.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { executionPhaseOf } from "../../src/idl/phases.ts";
import { fromTimestamp } from "../../src/idl/time.ts";
import { killAtRandom } from "../support/kill-at-random.ts";
import { minioCredentials } from "../support/minio.ts";
import { ended as endWithin, idOf } from "../support/outlived-calls.ts";
import { parts, PlanesHost } from "./planes-host.ts";

const { core } = flyteidl;
const { CHILD_WORKFLOW, SCHEDULED } = flyteidl.admin.ExecutionMetadata.ExecutionMode;
const { ACTIVE, INACTIVE } = flyteidl.admin.LaunchPlanState;
const timeOf = (at: Parameters<typeof fromTimestamp>[0]): number => fromTimestamp(at) ?? Number.NaN;
let host: PlanesHost;

beforeAll(async () => {
  host = await PlanesHost.make();
  // The real client registers: its code goes to MinIO by a signed URL of one admin.
  const registered = await host.home.run(
    "pyflyte",
    ["register", "--project", "flytesnacks", "--domain", "development", "--version", "v1", "planes.py"],
    { cwd: path.join(import.meta.dirname, "workspace") },
  );
  expect(registered.code, registered.stdout + registered.stderr).toBe(0);
});
afterAll(() => host?.[Symbol.asyncDispose]());

async function launch(admin: AdminClient, workflow: string, name: string, x: number): Promise<void> {
  const launchPlan = { resourceType: core.ResourceType.LAUNCH_PLAN, ...idOf(`planes.${workflow}`), version: "v1" };
  await admin.createExecution({
    ...idOf(name),
    spec: { launchPlan, metadata: { mode: flyteidl.admin.ExecutionMetadata.ExecutionMode.MANUAL } },
    inputs: {
      literals: {
        judge: { scalar: { primitive: { stringValue: host.judge } } },
        x: { scalar: { primitive: { integer: Long.fromNumber(x) } } },
      },
    },
  });
}

const ended = (admin: AdminClient, name: string): Promise<string> =>
  endWithin(admin, name, 60, () => `${host.log("propeller-0").slice(-2000)}${host.log("propeller-1").slice(-2000)}`);

async function resultOf(admin: AdminClient, name: string): Promise<number | undefined> {
  const data = await admin.getExecutionData({ id: idOf(name) });
  const integer = data.fullOutputs?.literals?.["o0"]?.scalar?.primitive?.integer;
  return integer == null ? undefined : Number(integer);
}

/** Sequence numbers and phases of the execution, as one admin's stream tells them, with the time of each. */
async function watch(admin: AdminClient, name: string): Promise<{ sequence: number; execution: string | undefined; at: number }[]> {
  const seen: { sequence: number; execution: string | undefined; at: number }[] = [];
  for await (const { sequence, execution } of admin.watchExecution({ id: idOf(name) })) {
    const phase = execution == null ? undefined : executionPhaseOf(execution.closure?.phase);
    seen.push({ sequence: Number(sequence), execution: phase, at: Date.now() });
  }
  return seen;
}

test("watched at both admins to its outputs, whichever of them records", async () => {
  const [one, two] = host.admins;
  for (const [index, admin] of host.admins.entries()) {
    const name = `watched-${index}`;
    await launch(admin, "chain", name, 4);
    const [atOne, atTwo] = await Promise.all([watch(one, name), watch(two, name)]);
    const plain = (seen: typeof atOne) => seen.map(({ sequence, execution }) => [sequence, execution]);
    expect(plain(atOne)).toEqual(plain(atTwo));
    expect(atOne.map(({ sequence }) => sequence)).toEqual(atOne.map((_, at) => at + 1));
    expect(atOne.at(-1)?.execution).toBe("SUCCEEDED");
    // The admins look at nothing from time to time: both were woken.
    const apart = atOne.map(({ at }, event) => Math.abs(at - (atTwo[event]?.at ?? 0)));
    expect(Math.max(...apart)).toBeLessThan(1_000);
    for (const any of host.admins) expect(await resultOf(any, name)).toBe(10);
  }
});

test("outputs that one propeller's task left are found by the other's", async () => {
  const [one, two] = host.admins;
  const { CatalogCacheStatus } = core;
  await launch(one, "cached", "fills", 12);
  expect(await ended(two, "fills")).toBe("SUCCEEDED");
  for (let n = 0; n < 6; n++) {
    await launch(two, "cached", `finds-${n}`, 12);
    expect(await ended(one, `finds-${n}`)).toBe("SUCCEEDED");
    expect(await resultOf(one, `finds-${n}`)).toBe(144);
    const node = await two.getNodeExecution({ id: { nodeId: "n0", executionId: idOf(`finds-${n}`) } });
    expect(node.closure?.taskNodeMetadata?.cacheStatus).toBe(CatalogCacheStatus.CACHE_HIT);
  }
  expect(host.told().filter((line) => line.includes("planes.square"))).toEqual(["begin fills planes.square 0"]);
});

test("what is aborted at one admin ends, whichever propeller runs it", async () => {
  const [one, two] = host.admins;
  const names = ["aborted-0", "aborted-1", "aborted-2", "aborted-3"];
  for (const name of names) await launch(one, "sleeper", name, 1);
  const begun = (name: string): boolean => host.told().includes(`begin ${name} planes.sleep 0`);
  for (const deadline = Date.now() + 60_000; !names.every(begun) && Date.now() < deadline;) await pause(30);
  const asked = Date.now();
  for (const name of names) await two.terminateExecution({ id: idOf(name), cause: "enough" });
  for (const name of names) expect(await ended(one, name)).toBe("ABORTED");
  expect(Date.now() - asked).toBeLessThan(5_000);
  expect(host.told().filter((line) => line.includes("aborted") && !line.startsWith("begin"))).toEqual([]);
});

test("children run wherever they are taken up, and their ends wake their parents", async () => {
  const [one, two] = host.admins;
  const names = Array.from({ length: 6 }, (_, n) => `around-${n}`);
  const begun = Date.now();
  for (const [n, name] of names.entries()) await launch(host.admins[n % 2] ?? one, "outermost", name, n);
  for (const [n, name] of names.entries()) {
    expect(await ended(n % 2 === 0 ? two : one, name)).toBe("SUCCEEDED");
    expect(await resultOf(one, name)).toBe((n + 1) * 2);
  }
  for (const name of names) {
    const [outer, inner] = [`${name}-n0-0`, `${name}-n0-0-n0-0`];
    const node = await two.getNodeExecution({ id: { nodeId: "n0", executionId: idOf(name) } });
    expect(node.closure?.workflowNodeMetadata?.executionId).toMatchObject(idOf(outer));
    const { spec, closure } = await one.getExecution({ id: idOf(inner) });
    expect(spec?.metadata).toMatchObject({
      mode: CHILD_WORKFLOW,
      nesting: 2,
      parentNodeExecution: { nodeId: "n0", executionId: idOf(outer) },
    });
    // Nobody waited for a look at what goes on: those are 10 s apart, and two ends come after this one.
    const parent = await one.getExecution({ id: idOf(name) });
    expect(timeOf(parent.closure?.updatedAt) - timeOf(closure?.updatedAt)).toBeLessThan(4_000);
  }
  expect(Date.now() - begun).toBeLessThan(60_000);
});

test("an abort at one admin reaches a child's tasks, whichever propellers run them", async () => {
  const [one, two] = host.admins;
  const names = ["aborts-0", "aborts-1", "aborts-2"];
  for (const name of names) await launch(one, "outer_sleeper", name, 1);
  const begun = (name: string): boolean => host.told().includes(`begin ${name}-n0-0 planes.sleep 0`);
  for (const deadline = Date.now() + 60_000; !names.every(begun) && Date.now() < deadline;) await pause(30);
  for (const name of names) await two.terminateExecution({ id: idOf(name), cause: "enough" });
  for (const name of names) {
    expect(await ended(one, name)).toBe("ABORTED");
    expect(await ended(two, `${name}-n0-0`)).toBe("ABORTED");
    const { closure } = await one.getExecution({ id: idOf(`${name}-n0-0`) });
    expect(closure?.abortMetadata?.cause).toBe(`cascading abort as parent execution id [${name}] aborted, reason [Workflow aborted.]`);
  }
});

test("of two that create an execution of one name at both admins at once, one gets it", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, n) => Promise.allSettled(host.admins.map((admin) => launch(admin, "cached", `contested-${n}`, 12)))),
  );
  for (const pair of outcomes) {
    expect(pair.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = pair.find((one) => one.status === "rejected");
    expect(refused?.reason).toMatchObject({ status: "ALREADY_EXISTS" });
  }
  for (let n = 0; n < 20; n++) expect(await ended(host.admins[n % 2] ?? host.admins[0], `contested-${n}`)).toBe("SUCCEEDED");
});

test(
  "kill -9 of any of the processes at random moments: nothing acknowledged is lost, no attempt runs twice",
  { timeout: 240_000 },
  async () => {
    const executions = 16;
    // The schedulers have nothing to do here; they are killed below.
    const workers = parts.filter((part) => !part.startsWith("scheduler"));
    // Every other one launches the one that runs the tasks.
    const workflowOf = (n: number): string => (n % 2 === 0 ? "chain" : "outer");
    const runnerOf = (n: number): string => `judged-${n}${n % 2 === 0 ? "" : "-n0-0"}`;
    const { phases, kills } = await killAtRandom({
      executions,
      launchEvery: 300,
      shortestLife: 1_000,
      patience: 200_000,
      kills: 2,
      parts: workers,
      admin: () => host.admins[randomInt(2)] ?? host.admins[0],
      launch: (admin, name, index) => launch(admin, workflowOf(index), name, index),
      victims: () => workers.filter(() => randomInt(3) === 0),
      restart: async (victims) => {
        await Promise.all(
          victims.map(async (part) => {
            await host.end(part, "SIGKILL");
            await host.start(part);
          }),
        );
      },
    });
    expect(kills).toBeGreaterThanOrEqual(2);
    expect(phases, host.log("propeller-0").slice(-2000) + host.log("propeller-1").slice(-2000)).toEqual(
      Object.fromEntries(Array.from({ length: executions }, (_, n) => [`judged-${n}`, "SUCCEEDED"])),
    );
    for (let n = 0; n < executions; n++) expect(await resultOf(host.admins[0], `judged-${n}`)).toBe((n + 1) * 2);
    const wanted = Array.from({ length: executions }, (_, n) =>
      ["first", "second"].flatMap((task) => ["begin", "end"].map((what) => `${what} ${runnerOf(n)} planes.${task} 0`)),
    );
    expect(
      host
        .told()
        .filter((line) => line.includes(" judged-"))
        .toSorted(),
    ).toEqual(wanted.flat().toSorted());
  },
);

test(
  "two schedulers, killed apart and together: each tick of a plan has one execution, and none after its end",
  { timeout: 240_000 },
  async () => {
    const [one, two] = host.admins;
    const id = { resourceType: core.ResourceType.LAUNCH_PLAN, ...idOf("ticking"), version: "v1" };
    const literals = {
      judge: { scalar: { primitive: { stringValue: host.judge } } },
      x: { scalar: { primitive: { integer: Long.fromNumber(12) } } },
    };
    await one.createLaunchPlan({
      id,
      spec: {
        workflowId: { resourceType: core.ResourceType.WORKFLOW, ...idOf("planes.cached"), version: "v1" },
        fixedInputs: { literals },
        entityMetadata: { schedule: { cronSchedule: { schedule: "@every 1s" } } },
      },
    });
    const ticks = async (): Promise<{ tick: number; name: string }[]> => {
      const filters = "eq(launch_plan.name,ticking)";
      const { executions } = await one.listExecutions({ id: { project: "flytesnacks", domain: "development" }, limit: 100, filters });
      for (const each of executions ?? []) expect(each.spec?.metadata?.mode).toBe(SCHEDULED);
      const all = (executions ?? []).map((each) => ({ tick: timeOf(each.spec?.metadata?.scheduledAt), name: each.id?.name ?? "" }));
      return all.toSorted((a, b) => a.tick - b.tick);
    };
    /** Until there is an execution of a tick later than now. */
    const goesOn = async (): Promise<void> => {
      const now = Date.now();
      for (const deadline = now + 30_000; !(await ticks()).some(({ tick }) => tick > now); await pause(100)) {
        if (Date.now() > deadline)
          throw new Error(`no tick: ${host.log("scheduler-0").slice(-1000)}${host.log("scheduler-1").slice(-1000)}`);
      }
    };
    const activated = Date.now();
    await two.updateLaunchPlan({ id, state: ACTIVE });
    await goesOn();
    for (const part of ["scheduler-0", "scheduler-1"] as const) {
      await host.end(part, "SIGKILL");
      await goesOn();
      await host.start(part);
    }
    await Promise.all([host.end("scheduler-0", "SIGKILL"), host.end("scheduler-1", "SIGKILL")]);
    const none = Date.now();
    await pause(4_000);
    expect((await ticks()).every(({ tick }) => tick <= none)).toBe(true);
    await host.start("scheduler-1");
    await goesOn();
    await one.updateLaunchPlan({ id, state: INACTIVE });
    const ended = Date.now();
    await host.start("scheduler-0");
    await pause(3_000);
    const done = await ticks();
    const [first = 0, last = 0] = [done[0]?.tick, done.at(-1)?.tick];
    expect(first).toBeGreaterThan(activated);
    expect(first).toBeLessThan(activated + 10_000);
    expect(last).toBeLessThanOrEqual(ended);
    expect(done.length).toBeGreaterThan(8);
    // A second apart, without a gap: also those of the seconds in which none ran.
    expect(done.map(({ tick }) => tick)).toEqual(done.map((_, n) => first + n * 1_000));
    expect(new Set(done.map(({ name }) => name)).size).toBe(done.length);
  },
);

test("all end in order when asked to, and no log holds a secret", async () => {
  for (const part of parts.toReversed()) expect(await host.end(part, "SIGTERM"), host.log(part).slice(-1000)).toBe(0);
  for (const part of parts) {
    const log = host.log(part);
    expect(log).toContain('"message":"ended"');
    expect(log).not.toContain(minioCredentials.secretKey);
    expect(log).not.toContain("p@ss/word:1");
    expect(log).not.toContain(encodeURIComponent("p@ss/word:1"));
    expect(log.split("\n").filter((line) => line.includes('"level":"error"'))).toEqual([]);
  }
});
