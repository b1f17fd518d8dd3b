import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type AdminClient, adminClient } from "../../src/client/admin-client.ts";
import { connect } from "../../src/client/connect.ts";
import { nodePhaseOf, taskPhaseOf } from "../../src/idl/phases.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { killAtRandom } from "../support/kill-at-random.ts";
import { ended, idOf } from "../support/outlived-calls.ts";
import { SplitHost } from "./split-host.ts";
import { chained, launchJudged, registerJudged } from "./split-entities.ts";

async function withHost(use: (host: SplitHost, admin: AdminClient, judge: string) => Promise<void>): Promise<void> {
  await using host = await SplitHost.make();
  await host.start("admin");
  await host.start("propeller");
  const client = connect({ endpoint: host.admin, insecure: true });
  try {
    const admin = adminClient(client);
    const judge = path.join(host.directory, "judge");
    await registerJudged(admin, judge, 0.2);
    await use(host, admin, judge);
  } finally {
    await client.close();
  }
}

test("admin and propeller in two processes run a workflow, woken by each other alone", () =>
  withHost(async (host, admin, judge) => {
    const begun = Date.now();
    await launchJudged(admin, "chain", "one");
    expect(await ended(admin, "one", 30, () => host.log("propeller"))).toBe("SUCCEEDED");
    // Three sleeps of 0.2 s; the safety net looks every 10 s.
    expect(Date.now() - begun).toBeLessThan(8_000);
    expect(readFileSync(judge, "utf8").trimEnd().split("\n")).toEqual(
      chained.flatMap((task) => ["begin", "end"].map((what) => `${what} one chain.${task} 0`)),
    );
    const nodes = await admin.listNodeExecutions({ workflowExecutionId: idOf("one"), limit: 100 });
    const user = nodes.nodeExecutions.filter((node) => !node.id?.nodeId?.endsWith("-node"));
    expect(Object.fromEntries(user.map((node) => [node.id?.nodeId, nodePhaseOf(node.closure?.phase)]))).toEqual({
      n0: "SUCCEEDED",
      n1: "SUCCEEDED",
      n2: "SUCCEEDED",
    });
    const tasks = await admin.listTaskExecutions({ nodeExecutionId: { nodeId: "n0", executionId: idOf("one") }, limit: 10 });
    expect(tasks.taskExecutions.map((task) => taskPhaseOf(task.closure?.phase))).toEqual(["SUCCEEDED"]);
    const [log] = tasks.taskExecutions[0]?.closure?.logs ?? [];
    expect((await fetch(log?.uri ?? "")).status).toBe(200);
  }));

test("outputs are cached by the datacatalog behind gRPC, and found again", () =>
  withHost(async (host, admin, judge) => {
    for (const name of ["fills", "finds"]) {
      await launchJudged(admin, "cached", name);
      expect(await ended(admin, name, 30, () => host.log("propeller"))).toBe("SUCCEEDED");
    }
    expect(readFileSync(judge, "utf8")).toBe("begin fills cached.only 0\nend fills cached.only 0\n");
    const { CatalogCacheStatus } = flyteidl.core;
    const statuses = await Promise.all(
      ["fills", "finds"].map(async (name) => {
        const node = await admin.getNodeExecution({ id: { nodeId: "n0", executionId: idOf(name) } });
        return node.closure?.taskNodeMetadata?.cacheStatus;
      }),
    );
    expect(statuses).toEqual([CatalogCacheStatus.CACHE_POPULATED, CatalogCacheStatus.CACHE_HIT]);
  }));

test("what is aborted at admin ends at propeller", () =>
  withHost(async (host, admin, judge) => {
    await launchJudged(admin, "chain", "aborted");
    for (let begun = false; !begun; await pause(20)) begun = readOr(judge).includes("begin aborted");
    await admin.terminateExecution({ id: idOf("aborted"), cause: "enough" });
    expect(await ended(admin, "aborted", 30, () => host.log("propeller"))).toBe("ABORTED");
    expect(readFileSync(judge, "utf8")).not.toContain("aborted chain.third");
  }));

test("admin away for a while: propeller waits, and nothing counts against the workflow", () =>
  withHost(async (host, admin) => {
    await launchJudged(admin, "chain", "waits");
    await host.end("admin", "SIGKILL");
    await pause(3_000);
    await host.start("admin");
    expect(await ended(admin, "waits", 30, () => host.log("propeller"))).toBe("SUCCEEDED");
  }));

test("kill -9 of admin and propeller at random moments: nothing acknowledged is lost, no attempt runs twice", { timeout: 200_000 }, () =>
  withHost(async (host, admin, judge) => {
    const executions = 14;
    const parts = ["admin", "propeller"] as const;
    const { phases, kills } = await killAtRandom({
      executions,
      launchEvery: 150,
      shortestLife: 800,
      patience: 150_000,
      kills: 4,
      parts,
      admin: () => admin,
      launch: (to, name) => launchJudged(to, "chain", name),
      victims: () => [["admin"], ["propeller"], parts][randomInt(3)] as readonly (typeof parts)[number][],
      restart: async (victims) => {
        await Promise.all(victims.map((part) => host.end(part, "SIGKILL")));
        for (const part of victims) await host.start(part);
      },
    });
    expect(kills).toBeGreaterThanOrEqual(4);
    expect(phases, host.log("propeller").slice(-4000)).toEqual(
      Object.fromEntries(Array.from({ length: executions }, (_, n) => [`judged-${n}`, "SUCCEEDED"])),
    );
    const wanted = Array.from({ length: executions }, (_, n) =>
      chained.flatMap((task) => ["begin", "end"].map((what) => `${what} judged-${n} chain.${task} 0`)),
    );
    expect(readFileSync(judge, "utf8").trimEnd().split("\n").sort()).toEqual(wanted.flat().sort());
  }),
);

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
