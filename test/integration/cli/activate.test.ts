import { expect, test } from "vitest";
import { adminClient } from "../../../src/client/admin-client.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { identifier, integer, taskTemplate, text, workflowTemplate } from "../admin/fixtures.ts";
import { serveEngine, type ServedEngine } from "../../support/served-engine.ts";
import { Workspace } from "./run-cli.ts";

type Schedule = flyteidl.admin.Schedule.$Properties;

async function register(engine: ServedEngine, plans: Readonly<Record<string, Schedule>>, version: string): Promise<void> {
  const admin = adminClient(engine.client);
  await admin.createTask({ id: identifier("TASK", "double", version), spec: { template: taskTemplate("double", version) } });
  await admin.createWorkflow({
    id: identifier("WORKFLOW", "wf", version),
    spec: { template: workflowTemplate("wf", ["double"], version) },
  });
  for (const [name, schedule] of Object.entries(plans)) {
    await admin.createLaunchPlan({
      id: identifier("LAUNCH_PLAN", name, version),
      spec: {
        workflowId: identifier("WORKFLOW", "wf", version),
        fixedInputs: { literals: { x: integer(1), greeting: text("hi") } },
        entityMetadata: { schedule },
      },
    });
  }
}

interface Shown {
  readonly urn: string;
  readonly state: string;
  readonly schedule: string | null;
  readonly nextTick: string | null;
}

test("launch plans are activated and deactivated, and tell their next tick", async () => {
  await using engine = await serveEngine();
  await using workspace = await Workspace.make();
  const endpoint = ["--endpoint", engine.url.replace("http://", "")];
  const flyte = async (...args: string[]): Promise<Shown> => {
    const ran = await workspace.run([...args, ...endpoint, "--json"]);
    if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr);
    return (JSON.parse(ran.stdout) as { data: Shown }).data;
  };
  const minutely = { rate: { value: 90 } };
  for (const version of ["v1", "v2"])
    await register(engine, { yearly: { cronSchedule: { schedule: "@yearly" } }, minutely, plain: {} }, version);
  const newYear = `${new Date().getUTCFullYear() + 1}-01-01T00:00:00Z`;
  const urn = (name: string, version: string): string => `lp:flytesnacks:development:${name}:${version}`;

  // Not active: nothing is next.
  expect(await flyte("get", "launch-plan", "yearly")).toMatchObject({ state: "INACTIVE", schedule: "@yearly", nextTick: null });
  expect(await flyte("activate", "yearly:v1")).toMatchObject({ urn: urn("yearly", "v1"), state: "ACTIVE", nextTick: newYear });
  // Without a version the latest; the other is no longer active.
  expect(await flyte("activate", "yearly")).toMatchObject({ urn: urn("yearly", "v2"), nextTick: newYear });
  expect(await flyte("get", "launch-plan", "yearly:v1")).toMatchObject({ state: "INACTIVE", nextTick: null });
  expect(await flyte("get", "launch-plan", "yearly")).toMatchObject({ urn: urn("yearly", "v2"), state: "ACTIVE", nextTick: newYear });

  const before = Date.now();
  const { nextTick } = await flyte("activate", urn("minutely", "v1"));
  const waits = Date.parse(nextTick ?? "") - before;
  expect(waits).toBeGreaterThan(90 * 60_000 - 1_000);
  expect(waits).toBeLessThan(90 * 60_000 + (Date.now() - before));
  // Activated again it goes on.
  expect((await flyte("activate", "minutely:v1")).nextTick).toBe(nextTick);
  expect(await flyte("activate", "plain")).toMatchObject({ state: "ACTIVE", schedule: null, nextTick: null });

  const shown = await workspace.run(["get", "launch-plan", "yearly", "--versions", ...endpoint]);
  const columns = shown.stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/).slice(0, 5));
  expect(columns).toEqual([
    ["NAME", "VERSION", "STATE", "SCHEDULE", "NEXT"],
    ["yearly", "v2", "ACTIVE", "@yearly", newYear],
    ["yearly", "v1", "INACTIVE", "@yearly", expect.any(String)],
  ]);

  // Without a version the active one.
  expect(await flyte("deactivate", "minutely")).toMatchObject({ urn: urn("minutely", "v1"), state: "INACTIVE", nextTick: null });
  const again = await workspace.run(["deactivate", "minutely", ...endpoint]);
  expect([again.code, again.stderr]).toEqual([expect.any(Number), expect.stringContaining("No active launch plan could be found")]);
  expect(again.code).not.toBe(0);
  expect((await workspace.run(["activate", "nobody", ...endpoint])).code).not.toBe(0);
  const said = await workspace.run(["activate", "yearly", ...endpoint]);
  expect(said.stdout).toBe(`${urn("yearly", "v2")} is active; its schedule (@yearly) launches next at ${newYear}\n`);
});
