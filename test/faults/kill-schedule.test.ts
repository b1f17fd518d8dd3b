import { randomInt } from "node:crypto";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pyflyteRegister } from "../support/conformance-driver.ts";
import { type Endpoints, Home, startTestSandbox } from "../support/test-sandbox.ts";

let home: Home;
let endpoints: Endpoints;
beforeAll(async () => {
  home = await Home.make();
  endpoints = await startTestSandbox(home);
  await pyflyteRegister(home, path.join(import.meta.dirname, "workspace"), "ticking.py");
});
afterAll(() => home?.[Symbol.asyncDispose]());

const scope = { project: "flytesnacks", domain: "development" };
const id = { resource_type: "LAUNCH_PLAN", ...scope, name: "every-second", version: "v1" };

async function send(method: string, place: string, body: object): Promise<void> {
  const reply = await fetch(`http://${endpoints.admin}/api/v1/launch_plans${place}`, { method, body: JSON.stringify(body) });
  expect(reply.status, await reply.text()).toBe(200);
}

/** Seconds since the epoch that the schedule has launched for, in order. */
async function ticks(): Promise<number[]> {
  const found: number[] = [];
  for (let token = ""; ;) {
    const query = new URLSearchParams({ limit: "50", filters: "eq(launch_plan.name,every-second)", token });
    const reply = await fetch(`http://${endpoints.admin}/api/v1/executions/${scope.project}/${scope.domain}?${query.toString()}`);
    const page = (await reply.json()) as { executions?: { spec: { metadata: { mode: string; scheduled_at: string } } }[]; token?: string };
    for (const { spec } of page.executions ?? []) {
      expect(spec.metadata.mode).toBe("SCHEDULED");
      found.push(Date.parse(spec.metadata.scheduled_at) / 1000);
    }
    token = page.token ?? "";
    if (token === "") return found.toSorted((a, b) => a - b);
  }
}

test("kill -9 of the daemon at random moments, and a stop: no tick is lost, none is launched twice", async () => {
  await send("POST", "", {
    id,
    spec: {
      workflow_id: { resource_type: "WORKFLOW", ...scope, name: "ticking.ticking", version: "v1" },
      fixed_inputs: { literals: { x: { scalar: { primitive: { integer: 1 } } } } },
      entity_metadata: { schedule: { cron_schedule: { schedule: "@every 1s" } } },
    },
  });
  const place = `/${scope.project}/${scope.domain}/${id.name}/${id.version}`;
  await send("PUT", place, { id, state: "ACTIVE" });
  for (let kills = 0; kills < 5; kills++) {
    await pause(randomInt(500, 2_500));
    process.kill(endpoints.pid, "SIGKILL");
    endpoints = await home.data<Endpoints>("sandbox", "start");
  }
  await home.flyte("sandbox", "stop");
  await pause(3_000);
  endpoints = await home.data<Endpoints>("sandbox", "start");
  const back = Math.floor(Date.now() / 1000);
  for (const deadline = Date.now() + 60_000; ((await ticks()).at(-1) ?? 0) < back + 2; await pause(100))
    expect(Date.now(), "the schedule goes on").toBeLessThan(deadline);
  await send("PUT", place, { id, state: "INACTIVE" });
  const ended = Date.now() / 1000;
  await pause(2_500);
  const done = await ticks();
  const [first = 0] = done;
  expect(done.length).toBeGreaterThan(10);
  expect(done).toEqual(done.map((_, n) => first + n));
  expect(done.at(-1)).toBeLessThanOrEqual(ended);
});
