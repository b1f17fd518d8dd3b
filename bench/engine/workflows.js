import { flyteidl } from "../../src/idl/flyteidl.ts";

const scope = { project: "flytesnacks", domain: "development" };
const { ResourceType, SimpleType } = flyteidl.core;
export const identifier = (resourceType, name) => ({ resourceType: ResourceType[resourceType], ...scope, name, version: "v" });
const integer = { type: { simple: SimpleType.INTEGER } };

export const taskTemplate = (name) => ({
  id: identifier("TASK", name),
  type: "noop",
  metadata: { runtime: { version: "1", flavor: "bench" }, retries: {} },
  interface: { inputs: { variables: { x: integer } }, outputs: { variables: { o: integer } } },
  container: { image: "bench", args: ["true"], resources: {} },
});

/** Registers a workflow `name` of `count` nodes, each after the one before or all by themselves. */
export async function register(admin, name, count, chained) {
  const nodes = Array.from({ length: count }, (_, index) => ({
    id: `n${index}`,
    metadata: { name: `n${index}` },
    inputs: [{ var: "x", binding: { promise: chained && index > 0 ? { nodeId: `n${index - 1}`, var: "o" } : { nodeId: "", var: "x" } } }],
    upstreamNodeIds: chained && index > 0 ? [`n${index - 1}`] : [],
    taskNode: { referenceId: identifier("TASK", "noop") },
  }));
  await create(admin, name, nodes, integer, integer);
}

/** Registers a workflow `name` that maps the task over its input, a list. */
export async function registerMap(admin, name) {
  const list = { type: { collectionType: integer.type } };
  const element = { id: "element", taskNode: { referenceId: identifier("TASK", "noop") }, inputs: [] };
  const inputs = [{ var: "x", binding: { promise: { nodeId: "", var: "x" } } }];
  await create(admin, name, [{ id: "n0", metadata: { name: "n0" }, inputs, arrayNode: { node: element } }], list, list);
}

/** A workflow whose outputs are those of its last node, and its launch plan. */
async function create(admin, name, nodes, input, output) {
  await admin.createWorkflow({
    id: identifier("WORKFLOW", name),
    spec: {
      template: {
        id: identifier("WORKFLOW", name),
        metadata: {},
        metadataDefaults: {},
        interface: { inputs: { variables: { x: input } }, outputs: { variables: { o: output } } },
        nodes,
        outputs: [{ var: "o", binding: { promise: { nodeId: nodes.at(-1).id, var: "o" } } }],
      },
    },
  });
  await admin.createLaunchPlan({
    id: identifier("LAUNCH_PLAN", name),
    spec: {
      workflowId: identifier("WORKFLOW", name),
      entityMetadata: {},
      defaultInputs: { parameters: { x: { var: input, required: true } } },
      labels: {},
      annotations: {},
    },
  });
}

export const registerTask = (admin, type = "noop") =>
  admin.createTask({ id: identifier("TASK", "noop"), spec: { template: { ...taskTemplate("noop"), type } } });

export const launchRequest = (workflow, name) => ({
  ...scope,
  name,
  spec: { launchPlan: identifier("LAUNCH_PLAN", workflow), metadata: { principal: "" }, labels: {}, annotations: {}, authRole: {} },
  inputs: { literals: { x: { scalar: { primitive: { integer: 1 } } } } },
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const { Phase } = flyteidl.core.WorkflowExecution;

/** Resolves when the execution has succeeded, asking every `interval` milliseconds: asking costs the daemon CPU, too. */
export async function succeeded(admin, name, interval = 5) {
  for (;;) {
    const { closure } = await admin.getExecution({ id: { ...scope, name } });
    if (closure.phase === Phase.SUCCEEDED) return;
    if (closure.phase === Phase.FAILED || closure.phase === Phase.ABORTED) throw new Error(`${name}: ${JSON.stringify(closure.error)}`);
    await pause(interval);
  }
}

/** Reads an execution back: every node in every phase, an attempt each, and its outputs. Throws when something is missing. */
export async function readBack(admin, name, count) {
  const seen = new Map();
  for await (const { nodeExecution: node, taskExecution: task } of admin.watchExecution({ id: { ...scope, name } })) {
    if (node) seen.set(`${node.id.nodeId} ${node.closure.phase}`, true);
    if (task) seen.set(`${task.id.nodeExecutionId.nodeId} task ${task.closure.phase}`, true);
  }
  const nodePhase = flyteidl.core.NodeExecution.Phase;
  const taskPhase = flyteidl.core.TaskExecution.Phase;
  for (let index = 0; index < count; index++) {
    for (const phase of ["QUEUED", "RUNNING", "SUCCEEDED"]) {
      if (!seen.has(`n${index} ${nodePhase[phase]}`)) throw new Error(`n${index} was never ${phase}`);
      if (!seen.has(`n${index} task ${taskPhase[phase]}`)) throw new Error(`the task of n${index} was never ${phase}`);
    }
  }
  let rows = 0;
  let token = "";
  do {
    const page = await admin.listNodeExecutions({ workflowExecutionId: { ...scope, name }, limit: 500, token });
    for (const { closure } of page.nodeExecutions) if (closure.phase === nodePhase.SUCCEEDED) rows++;
    token = page.token;
  } while (token);
  if (rows < count) throw new Error(`${rows} rows of ${count} nodes`);
  const { fullOutputs } = await admin.getExecutionData({ id: { ...scope, name } });
  if (Number(fullOutputs.literals.o?.scalar?.primitive?.integer) !== 1) throw new Error("the outputs are not there");
}
