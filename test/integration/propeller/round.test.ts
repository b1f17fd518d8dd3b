import { expect, test } from "vitest";
import { Bench } from "./bench.ts";
import { executionId, integer, promise } from "./workflow-of.ts";
import { handlerOf } from "../../../src/engine/propeller/nodes/handlers.ts";
import { readDefinition } from "../../../src/engine/propeller/workflow-definition.ts";
import { runRound } from "../../../src/engine/propeller/workflow-executor.ts";
import { WorkflowRun } from "../../../src/engine/propeller/workflow-run.ts";
import type { PropellerDeps } from "../../../src/engine/propeller/propeller-deps.ts";

test("a workflow that waits keeps nothing of the files that its last round read", async () => {
  let deps: PropellerDeps | undefined;
  await using bench = await Bench.open(
    { nodes: { n0: { inputs: { x: promise("", "x") } } } },
    { inputs: { literals: { x: integer(1) } }, wrap: (made) => (deps = made) },
  );
  const snapshot = await bench.workflows.claim(executionId, "test", 1000, 2000);
  if (!snapshot || !deps) throw new Error("nothing to run");
  const run = new WorkflowRun(readDefinition(snapshot.spec), snapshot, deps.settings, handlerOf);
  const n0 = run.root.own("n0");
  expect(await runRound(run, { ...deps, wake: () => undefined })).toBe(false);
  expect(n0 && run.node(n0).phase).toBe("QUEUED");
  expect([...run.files.keys()]).toEqual([]);
});
