import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { Workspace, python } from "./run-cli.ts";

const program = `
from flytekit import task, workflow, LaunchPlan
@task
def double(n: int) -> int:
    return 2 * n
@workflow
def inner(n: int) -> int:
    return double(n=n)
@workflow
def outer(n: int = 3) -> int:
    return inner(n=double(n=n))
plan = LaunchPlan.get_or_create(inner, name="plan", default_inputs={"n": 1})
@workflow
def launching() -> int:
    return plan()
`;

interface Reply {
  readonly data: {
    readonly version: string;
    readonly items: readonly {
      readonly urn: string;
      readonly compiled?: {
        readonly primary?: {
          readonly connections: { readonly upstream: Readonly<Record<string, { readonly ids: readonly string[] }>> };
        };
        readonly expectedInputs?: { readonly parameters: object };
        readonly subWorkflows?: readonly unknown[];
        readonly tasks?: readonly unknown[];
      };
    }[];
  };
  readonly error: { readonly code: string; readonly message: string; readonly details: { readonly items: readonly object[] } };
}

test("a program compiles to closures, to a table and to graphs, and nothing is asked of a deployment", async () => {
  await using workspace = await Workspace.make();
  await writeFile(path.join(workspace.directory, "flows.py"), program);
  const compile = (...flags: string[]) => workspace.run(["compile", "flows.py", "--python", python, "-p", "proj", "-d", "dom", ...flags]);
  const { data } = JSON.parse((await compile("--json", "--version", "v1")).stdout) as Reply;
  expect(data.version).toBe("v1");
  const of = (urn: string) => data.items.find((item) => item.urn === urn)?.compiled;
  expect(data.items.map(({ urn }) => urn)).toEqual([
    "tsk:proj:dom:flows.double:v1",
    "wf:proj:dom:flows.inner:v1",
    "lp:proj:dom:flows.inner:v1",
    "wf:proj:dom:flows.outer:v1",
    "lp:proj:dom:flows.outer:v1",
    "lp:proj:dom:plan:v1",
    "wf:proj:dom:flows.launching:v1",
    "lp:proj:dom:flows.launching:v1",
  ]);
  const outer = of("wf:proj:dom:flows.outer:v1");
  expect(outer?.primary?.connections.upstream).toEqual({
    n0: { ids: ["start-node"] },
    n1: { ids: ["n0"] },
    "end-node": { ids: ["n1"] },
  });
  expect([outer?.subWorkflows?.length, outer?.tasks?.length]).toEqual([1, 1]);
  expect(of("lp:proj:dom:plan:v1")?.expectedInputs?.parameters).toMatchObject({
    n: { default: { scalar: { primitive: { integer: "1" } } } },
  });

  const table = await compile();
  expect([
    table.code,
    table.stdout
      .replace(/:[\w-]{22} +/g, " ")
      .split("\n")
      .slice(0, 4),
  ]).toEqual([
    0,
    [
      expect.stringMatching(/^URN +VERDICT$/),
      "tsk:proj:dom:flows.double compiles",
      "wf:proj:dom:flows.inner compiles, 1 node",
      "lp:proj:dom:flows.inner compiles",
    ],
  ]);
  const dot = await compile("-o", "dot");
  expect(dot.stdout.match(/^digraph .*$/gm)).toEqual(["digraph {"]);
  expect(dot.stdout.match(/^ {4}label=.*$/gm)).toEqual(["inner", "outer", "launching"].map((name) => `    label="flows.${name}";`));
});

test("all that does not compile is told with its place, and what does is printed", async () => {
  await using workspace = await Workspace.make();
  const text = `
from flytekit import reference_task, task, workflow
@reference_task(project="proj", domain="dom", name="elsewhere", version="v9")
def elsewhere(n: int) -> int: ...
@task
def fine() -> int:
    return 1
@workflow
def wf() -> int:
    return elsewhere(n=fine())
`;
  await writeFile(path.join(workspace.directory, "flows.py"), text);
  // Python's own types would have refused a text for a number: this workflow has been written by another hand.
  const id = (resourceType: number, name: string) => ({ resourceType, project: "proj", domain: "dom", name, version: "v1" });
  const wrong = flyteidl.admin.WorkflowSpec.encode({
    template: {
      id: id(2, "wrong"),
      interface: { outputs: { variables: { o: { type: { simple: 1 } } } } },
      nodes: [
        {
          id: "n0",
          metadata: { name: "count" },
          taskNode: { referenceId: id(1, "flows.fine") },
          inputs: [{ var: "unknown", binding: { scalar: { primitive: { stringValue: "x" } } } }],
        },
      ],
      outputs: [{ var: "o", binding: { promise: { nodeId: "n9", var: "o0" } } }],
    },
  }).finish();
  await writeFile(path.join(workspace.directory, "wrong_2.pb"), wrong);
  const args = ["compile", "flows.py", "wrong_2.pb", "--python", python, "-p", "proj", "-d", "dom", "--version", "v1"];
  const ran = await workspace.run(args);
  expect(ran.code).toBe(2);
  expect(ran.stdout).toContain("tsk:proj:dom:flows.fine:v1");
  const dot = await workspace.run([...args, "-o", "dot"]);
  expect([dot.code, dot.stdout]).toEqual([2, ""]);
  expect(dot.stderr).toContain("TaskReferenceNotFound");
  const { error } = JSON.parse((await workspace.run([...args, "--json"])).stdout) as Reply;
  expect(error.code).toBe("COMPILATION_FAILED");
  expect(error.details.items).toEqual([
    {
      urn: "wf:proj:dom:flows.wf:v1",
      errors: [
        expect.objectContaining({
          code: "TaskReferenceNotFound",
          nodeId: "start-node",
          message: expect.stringContaining('project:"proj" domain:"dom" name:"elsewhere" version:"v9"') as string,
        }),
      ],
    },
    {
      urn: "lp:proj:dom:flows.wf:v1",
      errors: [expect.objectContaining({ code: "NOT_FOUND", nodeId: "", nodeName: null })],
    },
    {
      urn: "wf:proj:dom:wrong:v1",
      errors: expect.arrayContaining([
        expect.objectContaining({ code: "VariableNameNotFound", nodeId: "n0", nodeName: "count" }),
        expect.objectContaining({ code: "NodeReferenceNotFound" }),
      ]) as object[],
    },
  ]);
  expect(ran.stderr).toContain("3 of 4 entities do not compile");
  expect(ran.stderr).toMatch(/n0 count: \[VariableNameNotFound\]/);
});
