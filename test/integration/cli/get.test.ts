import { expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { Workspace } from "./run-cli.ts";
import { scriptedDeployment } from "./scripted-deployment.ts";

const a = flyteidl.admin;
const { FAILED, SUCCEEDED } = flyteidl.core.NodeExecution.Phase;
const id = { project: "flytesnacks", domain: "development", name: "e1" };
const at = (second: number) => ({ seconds: 1_760_000_000 + second });
const trace =
  'Trace:\n\n    Traceback (most recent call last):\n      File "/a/very/long/path/that/is/cut/in/lists/workflows.py", line 3, in fail\n    ValueError: x\n';
const whole = `${trace}\nMessage:\n\n    ValueError: the number was far too large\n    and this is the second line\n`;
const node = (nodeId: string, started: number | undefined, message?: string) => ({
  id: { nodeId, executionId: id },
  closure: {
    phase: message === undefined ? SUCCEEDED : FAILED,
    createdAt: at(0),
    ...(started === undefined ? {} : { startedAt: at(started) }),
    ...(message === undefined ? {} : { error: { code: "USER", message } }),
  },
});
const integer = (value: number) => ({ scalar: { primitive: { integer: value } } });

const deployed = {
  GetExecution: async () =>
    a.Execution.encode({ id, closure: { phase: 4, workflowId: { resourceType: 2, ...id, version: "v" } } }).finish(),
  ListNodeExecutions: async () =>
    a.NodeExecutionList.encode({
      // As a deployment gives them: the newest first, and the hundred first bytes of an error.
      nodeExecutions: [node("n10", 5), node("n2", 5), node("n3", 9, whole.slice(0, 100)), node("n0", 2), node("hit", undefined)],
    }).finish(),
  GetNodeExecution: async (request: flyteidl.admin.NodeExecutionGetRequest.$Properties) =>
    a.NodeExecution.encode(node(request.id?.nodeId ?? "", 9, whole)).finish(),
  GetExecutionData: async () =>
    a.WorkflowExecutionGetDataResponse.encode({ fullOutputs: { literals: { apple: integer(1), zebra: integer(2) } } }).finish(),
  GetWorkflow: async () => {
    const template = { outputs: [{ var: "zebra" }, { var: "apple" }] };
    return a.Workflow.encode({ closure: { compiledWorkflow: { primary: { template } } } }).finish();
  },
};

test("nodes stand by start, then by number, their errors whole, outputs as the workflow returns them", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(deployed);
  const shown = await workspace.run(["get", "execution", "e1", "--endpoint", deployment.endpoint]);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toContain("outputs    zebra = 2\n           apple = 1\n");
  const rows = (text: string): string[][] =>
    text
      .slice(text.indexOf("NODE"))
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(/ {2,}/));
  expect(rows(shown.stdout).map(([name]) => name)).toEqual(["hit", "n0", "n2", "n10", "n3"]);
  expect(rows(shown.stdout).at(-1)?.at(-1)).toBe("ValueError: the number was far too large");
  expect(deployment.calls.filter(({ method }) => method === "GetNodeExecution")).toHaveLength(1);

  const listed = await workspace.run(["get", "node-execution", "e1", "--endpoint", deployment.endpoint]);
  expect(rows(listed.stdout).map(([name]) => name)).toEqual(["hit", "n0", "n2", "n10", "n3"]);
  expect(listed.stdout).toContain("ValueError: the number was far too large");
  const sorted = await workspace.run(["get", "node-execution", "e1", "--endpoint", deployment.endpoint, "--sort-by", "phase"]);
  expect(rows(sorted.stdout).map(([name]) => name)).toEqual(["n10", "n2", "n3", "n0", "hit"]);
});

const domains = [{ id: "development" }, { id: "staging" }];
const project = (own: string) => ({ id: own, domains });
const projects = {
  ListProjects: async ({ filters }: flyteidl.admin.ProjectListRequest.$Properties) =>
    a.Projects.encode({
      // An archived project is found by its name alone.
      projects: filters
        ? ["flytesnacks", "old"].filter((one) => filters === `eq(identifier,${one})`).map(project)
        : [project("flytesnacks")],
    }).finish(),
};

test.each([
  [["get", "execution", "-p", "flytesnack"], "there is no project [flytesnack]", 'did you mean "flytesnacks"? projects: flytesnacks'],
  [["get", "task", "-d", "dev"], "project [flytesnacks] has no domain [dev]", 'did you mean "development"? domains: development, staging'],
  [["get", "execution", "ex:nope:development:e1"], "there is no project [nope]", "projects: flytesnacks"],
  [["watch", "ex:flytesnacks:stagin:e1"], "has no domain [stagin]", 'did you mean "staging"?'],
  [["logs", "ne:nope:development:e1:n0"], "there is no project [nope]", "projects: flytesnacks"],
  [["get", "execution", "e1"], "no such execution", "check the name, project and domain"],
  [["get", "task", "tsk:flytesnacks:my.task"], "no such task", "was read as version my.task of flytesnacks"],
  [["get", "execution", "--filter", "eq(phaze,x)"], "'e.phaze' is invalid filter", "FUNCTION(FIELD,VALUE)"],
] as const)("%j: what is unknown is named, with what there is", async (args, message, hint) => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment({
    ...projects,
    ListExecutions: async ({ filters }: flyteidl.admin.ResourceListRequest.$Properties) => {
      if (filters) throw new StatusError("INVALID_ARGUMENT", "'e.phaze' is invalid filter");
      return new Uint8Array();
    },
    ListTasks: async () => new Uint8Array(),
    GetTask: async () => Promise.reject(new StatusError("NOT_FOUND", "no such task")),
    GetExecution: async () => Promise.reject(new StatusError("NOT_FOUND", "no such execution")),
    GetNodeExecution: async () => Promise.reject(new StatusError("NOT_FOUND", "no such node")),
  });
  const ran = await workspace.run([...args, "--endpoint", deployment.endpoint]);
  expect(ran.code).toBe(4);
  const lines = ran.stderr.split("\n");
  expect(lines.find((line) => line.startsWith("error: "))).toContain(message);
  expect(lines.find((line) => line.startsWith("hint: "))).toContain(hint);
});

test("an empty list of what exists is empty, also of an archived project, and where projects are not told", async () => {
  await using workspace = await Workspace.make();
  const list = { ListExecutions: async () => new Uint8Array() };
  await using telling = await scriptedDeployment({ ...projects, ...list });
  await using silent = await scriptedDeployment(list);
  const none = { code: 0, stdout: "none found\n" };
  expect(await workspace.run(["get", "execution", "--endpoint", telling.endpoint])).toMatchObject(none);
  expect(await workspace.run(["get", "execution", "-p", "old", "--endpoint", telling.endpoint])).toMatchObject(none);
  expect(await workspace.run(["get", "execution", "-p", "nope", "--endpoint", silent.endpoint])).toMatchObject(none);
});
