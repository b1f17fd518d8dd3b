import { expect, test } from "vitest";
import { flyteidl } from "../idl/flyteidl.ts";
import { asksForCode, completeEntity } from "./complete-entity.ts";
import { entityOf, kindOfFileName } from "./entity.ts";
import type { EntityKind } from "./entity.ts";

const { TaskSpec, WorkflowSpec, LaunchPlan } = flyteidl.admin;
const completion = { project: "p", domain: "d", version: "v", distribution: "s3://b/c.tar.gz", destinationDir: "/code" };
const source = "test";
const complete = (bytes: Uint8Array, kind: EntityKind) => completeEntity(entityOf(bytes, { kind, source }), completion);
const filled = (name: string) => ({ project: "p", domain: "d", name, version: "v" });

test("a task gets its id and the place of its code; what else is braced stays", () => {
  const args = ["--additional-distribution", "{{ .remote_package_path }}", "--dest-dir", "{{ .dest_dir }}", "{{.input}}"];
  const bytes = TaskSpec.encode({ template: { id: { resourceType: 1, name: "t" }, type: "python-task", container: { args } } }).finish();
  expect(asksForCode(entityOf(bytes, { kind: "task", source }))).toBe(true);
  const task = complete(bytes, "task");
  expect(task.id).toMatchObject(filled("t"));
  const written = TaskSpec.decode(task.bytes).template;
  expect(written?.id).toMatchObject(filled("t"));
  expect(written?.container?.args).toEqual(["--additional-distribution", "s3://b/c.tar.gz", "--dest-dir", "/code", "{{.input}}"]);
});

test("every reference of a workflow is filled, in branches, arrays, sub-workflows and the failure node", () => {
  const ref = (name: string) => ({ name });
  const task = (id: string, name: string) => ({ id, taskNode: { referenceId: { resourceType: 1, ...ref(name) } } });
  const bytes = WorkflowSpec.encode({
    template: {
      id: { resourceType: 2, name: "w" },
      nodes: [
        task("n0", "plain"),
        {
          id: "n1",
          branchNode: {
            ifElse: { case: { thenNode: task("a", "case") }, other: [{ thenNode: task("b", "other") }], elseNode: task("c", "else") },
          },
        },
        { id: "n2", arrayNode: { node: task("x", "array") } },
        { id: "n3", workflowNode: { subWorkflowRef: { resourceType: 2, name: "sub" } } },
        { id: "n4", workflowNode: { launchplanRef: { resourceType: 3, name: "lp", project: "q", domain: "e", version: "w" } } },
      ],
      failureNode: task("fn0", "failure"),
    },
    subWorkflows: [{ id: { resourceType: 2, name: "sub" }, nodes: [task("n0", "inner")] }],
  }).finish();
  const text = JSON.stringify(WorkflowSpec.decode(complete(bytes, "workflow").bytes));
  for (const name of ["w", "plain", "case", "other", "else", "array", "sub", "failure", "inner"]) {
    expect(text, name).not.toContain(`"name":"${name}"}`);
    expect(text.match(new RegExp(`"project":"p","domain":"d","name":"${name}","version":"v"`, "g"))?.length, name).toBe(
      name === "sub" ? 2 : 1,
    );
  }
  expect(text).toContain('"project":"q","domain":"e","name":"lp","version":"w"');
});

test("what is complete keeps its very bytes, unknown fields too", () => {
  const id = { resourceType: 3, project: "p", domain: "d", name: "l", version: "1" };
  const spec = { workflowId: { ...id, resourceType: 2 } };
  const bytes = Buffer.concat([LaunchPlan.encode({ id, spec }).finish(), Buffer.from("fa3e0178", "hex")]);
  expect(complete(bytes, "launch_plan").bytes).toBe(bytes);
  const open = Buffer.concat([LaunchPlan.encode({ id: { ...id, version: "" }, spec }).finish(), Buffer.from("fa3e0178", "hex")]);
  expect(Buffer.from(complete(open, "launch_plan").bytes).toString("hex")).toMatch(/fa3e0178$/);
});

test.each([
  ["task", "7_x_1.pb"],
  ["workflow", "7_x_2.pb"],
  ["launch_plan", "7_x_3.pb"],
] as const)("the kind of a %s is in its file name %s, is found without, and another kind is refused", (kind, fileName) => {
  expect(kindOfFileName(fileName)).toBe(kind);
  const id = { resourceType: { task: 1, workflow: 2, launch_plan: 3 }[kind], name: "x" };
  const bytes = {
    task: TaskSpec.encode({ template: { id, type: "python-task" } }),
    workflow: WorkflowSpec.encode({ template: { id } }),
    launch_plan: LaunchPlan.encode({ id, spec: { workflowId: { resourceType: 2, name: "w" } } }),
  }[kind].finish();
  expect(entityOf(bytes, { source }).kind).toBe(kind);
  for (const other of ["task", "workflow", "launch_plan"] as const) {
    if (other !== kind) expect(() => entityOf(bytes, { kind: other, source })).toThrow(/^test is not a flyteidl\.admin\./);
  }
});
