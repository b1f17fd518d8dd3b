import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { once } from "node:events";
import path from "node:path";
import { expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { Workspace, finished } from "./run-cli.ts";
import { scriptedDeployment } from "./scripted-deployment.ts";

const a = flyteidl.admin;
const phases = flyteidl.core.WorkflowExecution.Phase;
const nodePhases = flyteidl.core.NodeExecution.Phase;
const id = { project: "flytesnacks", domain: "development", name: "e1" };
const launchPlanId = { resourceType: 3, project: "flytesnacks", domain: "development", name: "lp", version: "v1" };

/** A deployment without the watch stream whose execution goes through these phases, one a GetExecution, and stays in the last. */
function going(steps: readonly (keyof typeof phases)[], error?: flyteidl.core.ExecutionError.$Properties) {
  let asked = 0;
  return {
    GetActiveLaunchPlan: async () => {
      throw new StatusError("NOT_FOUND", "none is active");
    },
    ListLaunchPlans: async () => a.LaunchPlanList.encode({ launchPlans: [{ id: launchPlanId }] }).finish(),
    GetLaunchPlan: async () =>
      a.LaunchPlan.encode({
        id: launchPlanId,
        closure: {
          expectedInputs: {
            parameters: {
              n: { var: { type: { simple: 1 } }, required: true },
              f: { var: { type: { blob: { format: "csv" } } }, default: { scalar: { noneType: {} } } },
            },
          },
        },
      }).finish(),
    CreateExecution: async () => a.ExecutionCreateResponse.encode({ id }).finish(),
    GetExecution: async () => {
      const phase = steps[Math.min(asked++, steps.length - 1)] ?? "UNDEFINED";
      return a.Execution.encode({ id, closure: { phase: phases[phase], ...(error && phase === "FAILED" ? { error } : {}) } }).finish();
    },
    ListNodeExecutions: async () =>
      a.NodeExecutionList.encode({
        nodeExecutions: [{ id: { nodeId: "n0", executionId: id }, closure: { phase: nodePhases.SUCCEEDED } }],
      }).finish(),
    GetExecutionData: async () =>
      a.WorkflowExecutionGetDataResponse.encode({ fullOutputs: { literals: { o0: { scalar: { primitive: { integer: 6 } } } } } }).finish(),
    TerminateExecution: async () => a.ExecutionTerminateResponse.encode({}).finish(),
  };
}

test("a launch plan by name is its latest version when none is active; inputs go by type, files are uploaded", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(going(["SUCCEEDED"]));
  await writeFile(path.join(workspace.directory, "inputs.yaml"), "n: 1\nf: data.csv\n");
  await writeFile(path.join(workspace.directory, "data.csv"), "a,b\n");
  const args = ["launch", "lp", "--endpoint", deployment.endpoint, "--inputs-file", "inputs.yaml", "-i", "n=9007199254740993"];
  const flags = ["--name", "e1", "--max-parallelism", "4", "--overwrite-cache", "--no-interruptible", "--label", "k=v=w", "--env", "A=1"];
  const ran = await workspace.run([...args, ...flags]);
  expect(ran).toMatchObject({ code: 0, stdout: "ex:flytesnacks:development:e1\n" });
  const request = deployment.calls.at(-1)?.request as flyteidl.admin.ExecutionCreateRequest;
  expect(request).toMatchObject({ project: "flytesnacks", domain: "development", name: "e1" });
  expect(request.spec).toMatchObject({
    launchPlan: launchPlanId,
    maxParallelism: 4,
    overwriteCache: true,
    interruptible: { value: false },
    labels: { values: { k: "v=w" } },
    envs: { values: [{ key: "A", value: "1" }] },
  });
  expect(String(request.inputs?.literals?.["n"]?.scalar?.primitive?.integer)).toBe("9007199254740993");
  expect(request.inputs?.literals?.["f"]?.scalar?.blob).toMatchObject({
    uri: "s3://bucket/data.csv",
    metadata: { type: { format: "csv" } },
  });
  expect(deployment.puts.get("/up/data.csv?secret=1")?.toString()).toBe("a,b\n");
});

test("a directory goes with what its links name; what cannot go is refused, not left out; a pipe is a file", async () => {
  await using workspace = await Workspace.make();
  const parameters = {
    d: { var: { type: { blob: { dimensionality: 1 } } }, default: {} },
    f: { var: { type: { blob: {} } }, default: {} },
  };
  await using deployment = await scriptedDeployment({
    ...going(["SUCCEEDED"]),
    GetLaunchPlan: async () => a.LaunchPlan.encode({ id: launchPlanId, closure: { expectedInputs: { parameters } } }).finish(),
  });
  const launch = (input: string) => workspace.run(["launch", "lp", "--endpoint", deployment.endpoint, "-i", input]);
  const at = (...names: string[]): string => path.join(workspace.directory, ...names);
  await mkdir(at("dir/sub"), { recursive: true });
  await writeFile(at("outside.txt"), "linked");
  await writeFile(at("dir/sub/own.txt"), "own");
  await symlink(at("outside.txt"), at("dir/link.txt"));
  expect(await launch("d=dir")).toMatchObject({ code: 0 });
  expect([...deployment.puts].map(([url, bytes]) => [url.replace(/\?.*/, ""), bytes.toString()])).toEqual([
    ["/up/link.txt", "linked"],
    ["/up/sub/own.txt", "own"],
  ]);

  execFileSync("sh", ["-c", 'mkfifo "$0"', at("pipe")]);
  const [ran] = await Promise.all([launch("f=pipe"), writeFile(at("pipe"), "through the pipe")]);
  expect(ran.code, ran.stderr).toBe(0);
  expect(deployment.puts.get("/up/pipe?secret=1")?.toString()).toBe("through the pipe");

  await symlink(at("dir/sub"), at("dir/zlink"));
  const linked = await launch("d=dir");
  expect(linked.code).toBe(2);
  expect(linked.stderr).toContain("cannot take dir for the directory of an input: zlink is a link to a directory");
  await rm(at("dir/zlink"));
  await symlink(at("nowhere"), at("dir/broken"));
  expect(await launch("d=dir")).toMatchObject({ code: 2, stderr: expect.stringContaining("ENOENT") });
  await rm(at("dir/broken"));
  await writeFile(Buffer.concat([Buffer.from(at("dir/")), Buffer.from([0xff, 0x61])]), "x");
  expect((await launch("d=dir")).stderr).toContain("is not UTF-8");
});

test.each([
  [["-i", "n=x"], 'input n: expected integer, got "x"'],
  [[], "missing inputs: n (integer)"],
  [["-i", "n=1", "-i", "m=2"], "there is no input m"],
  [["-i", "n=1", "-i", "f=absent.csv"], "cannot take absent.csv"],
  [["-i", "n=1", "--inputs-file", "absent.yaml"], "cannot take inputs from absent.yaml"],
])("with wrong inputs %j nothing is launched", async (args, message) => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(going([]));
  const ran = await workspace.run(["launch", "lp", "--endpoint", deployment.endpoint, ...args]);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(message);
  expect(deployment.calls.map(({ method }) => method)).not.toContain("CreateExecution");
});

test("--wait answers with the outputs; a deployment without the watch stream is polled", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(going(["QUEUED", "RUNNING", "SUCCEEDED"]));
  const ran = await workspace.run(["launch", "lp", "--endpoint", deployment.endpoint, "-i", "n=1", "--wait", "--json"]);
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    ok: true,
    data: { phase: "SUCCEEDED", outputs: { o0: 6 }, nodes: [{ nodeId: "n0", phase: "SUCCEEDED" }] },
  });
});

test("watch prints each phase once, as lines or NDJSON, and a failure ends it with 5 and its message", async () => {
  await using workspace = await Workspace.make();
  const error = { code: "USER:x", kind: 1, message: "it broke" };
  await using plain = await scriptedDeployment(going(["QUEUED", "QUEUED", "RUNNING", "FAILED"], error));
  const lines = await workspace.run(["watch", "e1", "--endpoint", plain.endpoint]);
  expect(lines.code).toBe(5);
  expect(
    lines.stdout
      .trim()
      .split("\n")
      .map((line) => line.trim().replace(/\s+/g, " ")),
  ).toEqual(["execution QUEUED", "node n0 SUCCEEDED", "execution RUNNING", "execution FAILED it broke"]);
  expect(lines.stderr).toContain("no watch stream");
  expect(lines.stderr).toContain("error: ex:flytesnacks:development:e1 failed: [USER:x] it broke");
  await using json = await scriptedDeployment(going(["FAILED"], error));
  const ndjson = (await workspace.run(["watch", "e1", "--endpoint", json.endpoint, "--json"])).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(ndjson).toMatchObject([
    { level: "node", phase: "SUCCEEDED" },
    { level: "execution", phase: "FAILED", reason: "it broke" },
    { ok: false, error: { code: "EXECUTION_FAILED" } },
  ]);
});

test("Ctrl-C ends a watch with 130 and leaves the execution alone", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(going(["RUNNING"]));
  const child = workspace.start(["watch", "e1", "--endpoint", deployment.endpoint]);
  const end = finished(child);
  await once(child.stdout, "data");
  child.kill("SIGINT");
  const ran = await end;
  expect(ran.code, ran.stderr + ran.stdout).toBe(130);
  expect(ran.stderr).toContain("what was started goes on");
  expect(deployment.calls.map(({ method }) => method)).not.toContain("TerminateExecution");
});

test("terminate sends the cause; a refusal of the deployment ends with 4 and its words", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(going(["RUNNING"]));
  const args = ["terminate", "ex:p:d:x", "--cause", "why", "--endpoint", deployment.endpoint, "-o", "urn", "-q"];
  expect(await workspace.run(args)).toEqual({ code: 0, stdout: "ex:p:d:x\n", stderr: "" });
  expect(deployment.calls.at(-1)?.request).toMatchObject({ id: { project: "p", domain: "d", name: "x" }, cause: "why" });
  const missing = await workspace.run(["get", "task", "t:v", "--endpoint", deployment.endpoint]);
  expect(missing).toMatchObject({ code: 4, stdout: "" });
});

test("a deployment that does not expose its catalog says so", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment({});
  const ran = await workspace.run(["cache", "list", "--endpoint", deployment.endpoint, "--json"]);
  expect(ran.code).toBe(4);
  expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, error: { code: "CATALOG_NOT_EXPOSED" } });
});

test("what a deployment sends cannot control the terminal", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment({
    ListTasks: async () => {
      throw new StatusError("PERMISSION_DENIED", "no\u001b[31mpe\u0007");
    },
    ListWorkflows: async () =>
      a.WorkflowList.encode({
        workflows: [{ id: { resourceType: 2, project: "p", domain: "d", name: "w\u001b]0;x\u0007", version: "v\n1" } }],
      }).finish(),
  });
  const refused = await workspace.run(["get", "task", "--endpoint", deployment.endpoint]);
  expect(refused).toMatchObject({ code: 4, stderr: "error: no[31mpe\nhint: ask an administrator of this deployment for access\n" });
  const listed = await workspace.run(["get", "workflow", "--endpoint", deployment.endpoint]);
  expect(listed.stdout).toBe("NAME   VERSION  CREATED\nw]0;x  v 1\n");
});
