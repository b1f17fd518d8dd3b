import path from "node:path";
import { expect, test } from "vitest";
import { serveEngine } from "../../support/served-engine.ts";
import { runPython } from "../run-python.ts";

test("flytekit's client sets and reads matchable attributes, finds executions by tag, and asks for metrics", async () => {
  await using engine = await serveEngine();
  const output = await runPython(path.join(import.meta.dirname, "attributes_calls.py"), [engine.url.replace("http://", "")]);
  const missing = (kind: string) =>
    `Resource [{Project:flytesnacks Domain:development Workflow: LaunchPlan: ResourceType:${kind}}] not found`;
  expect(JSON.parse(output)).toEqual({
    "cluster missing": missing("CLUSTER_RESOURCE"),
    cluster: ["wf", ""],
    "queue missing": missing("EXECUTION_QUEUE"),
    queue: ["wf", ""],
    "label missing": missing("EXECUTION_CLUSTER_LABEL"),
    label: ["wf", ""],
    executions: ["one", "two"],
    tagged: ["one"],
    span: ["one", ["WORKFLOW_SETUP"]],
  });
});
