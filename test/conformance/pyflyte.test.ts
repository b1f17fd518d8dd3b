import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox, type Endpoints } from "../support/test-sandbox.ts";

const workspace = path.join(import.meta.dirname, "workspace");

interface Execution {
  readonly id: { readonly name: string };
  readonly closure: { readonly phase: string };
}

describe("the unmodified pyflyte against the sandbox", () => {
  let home: Home;
  let endpoints: Endpoints;

  beforeAll(async () => {
    home = await Home.make();
    endpoints = await startTestSandbox(home);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  test("registers a package, and finds it registered the second time", async () => {
    const register = () =>
      home.run("pyflyte", ["register", "--project", "flytesnacks", "--domain", "development", "--version", "r1", "literals"], {
        cwd: workspace,
      });
    const first = await register();
    expect(first.stderr + first.stdout).not.toMatch(/Failed|Error/);
    expect(first.code).toBe(0);
    const after = await counts();
    expect(after).toEqual({ tasks: 30, workflows: 5, launch_plans: 5 });
    const second = await register();
    expect(second.code).toBe(0);
    expect(await counts()).toEqual(after);
  });

  test("the same version with another structure is refused", async () => {
    const body = await getJson(`/api/v1/tasks/flytesnacks/development/literals.errors.double/r1`);
    const template = body["closure"]["compiled_task"]["template"];
    template["interface"]["inputs"]["variables"]["x"]["type"] = { simple: "STRING" };
    const reply = await fetch(`http://${endpoints.admin}/api/v1/tasks`, {
      method: "POST",
      body: JSON.stringify({ id: body["id"], spec: { template } }),
    });
    expect(reply.status).toBe(400);
    expect(((await reply.json()) as { message: string }).message).toMatch(
      /^literals\.errors\.double task with different structure already exists\. \(Please register a new version of the task\):\n/,
    );
  });

  test("runs a workflow remotely and waits for it", async () => {
    const ran = await home.run(
      "pyflyte",
      ["run", "--remote", "--wait", "--poll-interval", "1", "literals/types.py", "pickles", "--x", "5"],
      { cwd: workspace },
    );
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toContain(`http://${endpoints.admin}/console/projects/flytesnacks/domains/development/executions/`);
    const [newest] = await executions();
    expect(newest?.closure.phase).toBe("SUCCEEDED");
    const data = await getJson(`/api/v1/data/executions/flytesnacks/development/${newest?.id.name}`);
    expect(data["full_outputs"]["literals"]["o0"]["scalar"]["primitive"]["integer"]).toBe("6");
  });

  test("a run that fails ends with the program's own error", async () => {
    const ran = await home.run(
      "pyflyte",
      ["run", "--remote", "--wait", "--poll-interval", "1", "literals/errors.py", "raises", "--x", "5"],
      { cwd: workspace },
    );
    expect(ran.code).not.toBe(0);
    expect(ran.stdout + ran.stderr).toContain("ValueError: 5 is too big");
    expect((await executions())[0]?.closure.phase).toBe("FAILED");
  });

  test("a type the interface does not take is refused before anything is stored", async () => {
    const before = (await executions()).length;
    const reply = await fetch(`http://${endpoints.admin}/api/v1/executions`, {
      method: "POST",
      body: JSON.stringify({
        project: "flytesnacks",
        domain: "development",
        name: "wrongtype",
        spec: {
          launch_plan: {
            resource_type: "LAUNCH_PLAN",
            project: "flytesnacks",
            domain: "development",
            name: "literals.errors.fails_late",
            version: "r1",
          },
        },
        inputs: { literals: { x: { scalar: { primitive: { string_value: "five" } } } } },
      }),
    });
    expect(reply.status).toBe(400);
    expect(((await reply.json()) as { message: string }).message).toMatch(
      /invalid x input wrong type\. Expected simple:\s?INTEGER, but got simple:\s?STRING/,
    );
    expect(await executions()).toHaveLength(before);
  });

  async function counts(): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const kind of ["tasks", "workflows", "launch_plans"]) {
      const list = await getJson(`/api/v1/${kind}/flytesnacks/development?limit=1000&filters=eq(version,r1)`);
      found[kind] = list[kind].length;
    }
    return found;
  }

  async function executions(): Promise<Execution[]> {
    const list = await getJson("/api/v1/executions/flytesnacks/development?limit=100&sort_by.key=created_at");
    return list["executions"];
  }

  // eslint-disable-next-line typescript/no-explicit-any -- a reply is looked into, not modelled
  async function getJson(route: string): Promise<any> {
    const reply = await fetch(`http://${endpoints.admin}${route}`);
    expect(reply.status, route).toBe(200);
    return reply.json();
  }
});
