import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox, type Endpoints } from "../support/test-sandbox.ts";
import { pyflyteRegister } from "../support/conformance-driver.ts";

const executions = 8;
/** Every other one launches the one that runs the tasks. */
const workflowOf = (n: number): string => (n % 2 === 0 ? "judged.chain" : "judged.outer");
const runnerOf = (n: number): string => `judged-${n}${n % 2 === 0 ? "" : "-n0-0"}`;

describe.each([
  { what: "the daemon alone", target: (pid: number) => pid },
  // The daemon leads a group of its own: a negative pid ends all that is in it.
  { what: "the daemon's whole group", target: (pid: number) => -pid },
])("kill -9 of $what at random moments", ({ target }) => {
  let home: Home;
  let endpoints: Endpoints;
  beforeAll(async () => {
    home = await Home.make();
    endpoints = await startTestSandbox(home);
    await pyflyteRegister(home, path.join(import.meta.dirname, "workspace"), "judged.py");
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  test("loses nothing that was acknowledged and runs no attempt twice", async () => {
    const judge = path.join(home.directory, "judge");
    const acknowledged: string[] = [];
    let kills = 0;
    const phases = new Map<string, string>();
    const deadline = Date.now() + 200_000;
    // A machine that starts things slowly does everything slowly: what lives too briefly does nothing.
    let longestLife = 1_500;
    for (let i = 0; phases.size < executions && Date.now() < deadline;) {
      // The daemon may be killed at any moment of this burst of launches and polls.
      const killAt = Date.now() + randomInt(20, longestLife);
      while (Date.now() < killAt) {
        if (i < executions && (await launch(`judged-${i}`, workflowOf(i), judge, i))) acknowledged.push(`judged-${i++}`);
        for (const name of acknowledged) {
          const phase = await phaseOf(name);
          if (phase && ["SUCCEEDED", "FAILED", "ABORTED"].includes(phase)) phases.set(name, phase);
        }
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      if (phases.size === executions) break;
      const begun = Date.now();
      process.kill(target(endpoints.pid), "SIGKILL");
      kills++;
      endpoints = await home.data<Endpoints>("sandbox", "start");
      longestLife = Math.max(1_500, 6 * (Date.now() - begun));
    }
    expect(kills).toBeGreaterThan(2);
    expect([...phases].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(
      Array.from({ length: executions }, (_, i) => [`judged-${i}`, "SUCCEEDED"]),
    );
    for (let i = 0; i < executions; i++) expect(await resultOf(`judged-${i}`)).toBe(String((i + 1) * 2 - 1));

    const lines = (await readFile(judge, "utf8")).trimEnd().split("\n").sort();
    const wanted = Array.from({ length: executions }, (_, i) =>
      ["begin", "end"].flatMap((what) => ["first", "second", "third"].map((task) => `${what} ${runnerOf(i)} judged.${task} 0`)),
    );
    expect(lines).toEqual(wanted.flat().sort());
  });

  const url = (route: string): string => `http://${endpoints.admin}${route}`;

  /** True when acknowledged; false when the daemon was not there to do so. */
  async function launch(name: string, workflow: string, judge: string, x: number): Promise<boolean> {
    const body = {
      project: "flytesnacks",
      domain: "development",
      name,
      spec: {
        launch_plan: { resource_type: "LAUNCH_PLAN", project: "flytesnacks", domain: "development", name: workflow, version: "v1" },
      },
      inputs: {
        literals: { judge: { scalar: { primitive: { string_value: judge } } }, x: { scalar: { primitive: { integer: String(x) } } } },
      },
    };
    let reply: Response;
    try {
      reply = await fetch(url("/api/v1/executions"), { method: "POST", body: JSON.stringify(body) });
    } catch {
      return false;
    }
    // Stored before the reply was lost: acknowledged all the same.
    if (reply.status === 409) return true;
    expect(reply.status, await reply.clone().text()).toBe(200);
    return true;
  }

  async function phaseOf(name: string): Promise<string | undefined> {
    try {
      const reply = await fetch(url(`/api/v1/executions/flytesnacks/development/${name}`));
      expect(reply.status, `${name} was acknowledged`).toBe(200);
      return ((await reply.json()) as { closure: { phase: string } }).closure.phase;
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  async function resultOf(name: string): Promise<string> {
    const reply = await fetch(url(`/api/v1/data/executions/flytesnacks/development/${name}`));
    const data = (await reply.json()) as { full_outputs: { literals: { o0: { scalar: { primitive: { integer: string } } } } } };
    return data.full_outputs.literals.o0.scalar.primitive.integer;
  }
});
