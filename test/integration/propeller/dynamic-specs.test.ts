import Long from "long";
import { expect, test } from "vitest";
import { runToEnd } from "./bench.ts";
import { addOne, integers, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { BindingData, Identifier, LiteralType, WorkflowNode, WorkflowTemplate } from "../../../src/idl/types.ts";
import type { ExecutionError } from "../../../src/idl/types.ts";

const { DynamicJobSpec } = flyteidl.core;
const constantOf = (value: number): BindingData => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
type Spec = flyteidl.core.DynamicJobSpec.$Properties;

const { TASK, WORKFLOW, LAUNCH_PLAN } = flyteidl.core.ResourceType;
const int = { type: { simple: flyteidl.core.SimpleType.INTEGER } };
const idOf = (name: string, resourceType = TASK): Identifier => ({ resourceType, project: "p", domain: "d", name, version: "v" });
const task = (name: string): NonNullable<Spec["tasks"]>[number] => ({
  id: idOf(name),
  type: "scripted",
  interface: { inputs: { variables: {} }, outputs: { variables: { o: int } } },
});
const node = (id: string, name: string): WorkflowNode => ({ id, taskNode: { referenceId: idOf(name) } });
const output = (binding: BindingData, name = "o"): NonNullable<Spec["outputs"]> => [{ var: name, binding }];
const good: Spec = { nodes: [node("dn0", "t")], tasks: [task("t")], outputs: output(promise("dn0")) };
const workflow = (name: string, nodes: WorkflowNode[]): WorkflowTemplate => ({ id: idOf(name, WORKFLOW), nodes, interface: {} });
const runs = (id: string, name: string): WorkflowNode => ({ id, workflowNode: { subWorkflowRef: idOf(name, WORKFLOW) } });
const launches = (id: string, name: string): WorkflowNode => ({ id, workflowNode: { launchplanRef: idOf(name, LAUNCH_PLAN) } });

/** A binding to lists in lists. */
function nested(depth: number): BindingData {
  let data: BindingData = { scalar: { primitive: { integer: Long.fromNumber(1) } } };
  for (let level = 0; level < depth; level++) data = { collection: { bindings: [data] } };
  return data;
}

/** A message of one field in another, deeper than any reader goes. */
function deepBytes(depth: number): Uint8Array {
  let bytes: Uint8Array = new Uint8Array();
  for (let level = 0; level < depth; level++) {
    // bindings of a BindingDataCollection, collection of a BindingData
    bytes = prefixed(level % 2 === 0 ? 1 : 2, bytes);
  }
  return prefixed(4, prefixed(2, bytes));
}

function prefixed(field: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let left = bytes.length;
  do {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), bytes]);
}

async function errorOf(futures: Spec | Uint8Array, maxOutputSize = 10 << 20): Promise<ExecutionError> {
  const bytes = futures instanceof Uint8Array ? futures : DynamicJobSpec.encode(futures).finish();
  await using bench = await runToEnd(
    { nodes: { n0: { metadata: { name: "n0", retries: { retries: 5 } } } } },
    { futures: ({ generatedName }) => (generatedName === "ex-n0-0" ? bytes : undefined), settings: { maxOutputSize } },
  );
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "FAILED"]);
  expect(bench.admin.phases("n0/0").at(-1)).toBe("SUCCEEDED");
  expect([...bench.world.attempts.values()].map(({ name, aborted, finalized }) => [name, aborted, finalized])).toEqual([
    ["ex-n0-0", [], 1],
  ]);
  expect([...bench.admin.violations, ...bench.logged]).toEqual([]);
  const event = bench.admin.last("n0")?.event;
  if (event?.level !== "node") throw new Error("no event of the node");
  expect(event.event.isDynamic).toBe(true);
  return event.event.error ?? {};
}

const compileError = (kind: string, node: string, text: string): string =>
  `Collected Errors: 1\n\tError 0: Code: ${kind}, Node Id: ${node}, Description: ${text}\n`;
const { USER } = flyteidl.core.ExecutionError.ErrorKind;
const written = (id: string): string => `resource_type:TASK project:"p" domain:"d" name:"${id}" version:"v"`;

test.each<[string, Spec | Uint8Array, string, number?]>([
  ["no nodes", { ...good, nodes: [] }, "[User] malformed dynamic workflow, caused by: Collected Errors: 1\n\tError 0: Code: NoNodesFound"],
  ["nothing", new Uint8Array(), "[User] malformed dynamic workflow, caused by: Collected Errors: "],
  [
    "a task that is not in it",
    { ...good, tasks: [] },
    `[User] malformed dynamic workflow, caused by: ${compileError("TaskReferenceNotFound", "start-node", `Referenced Task [${written("t")}] not found.`)}`,
  ],
  [
    "an output that no node gives",
    { ...good, outputs: output(promise("dn7")) },
    "[User] malformed dynamic workflow, caused by: Collected Errors: 2\n\tError 0: Code: NodeReferenceNotFound, Node Id: dn7",
  ],
  [
    "an output that is missing",
    { ...good, outputs: [] },
    "[User] malformed dynamic workflow, caused by: Collected Errors: 1\n\tError 0: Code: ParameterNotBound, Node Id: end-node",
  ],
  [
    "a task that no container could run",
    { ...good, tasks: [{ ...task("t"), container: { args: ["run"] } }] },
    `[User] failed to compile dynamic tasks, caused by: ${compileError("ValueRequired", "container", "Value required [image].")}`,
  ],
  [
    "nodes in a circle",
    {
      ...good,
      nodes: [
        { ...node("dn0", "t"), upstreamNodeIds: ["dn1"] },
        { ...node("dn1", "t"), upstreamNodeIds: ["dn0"] },
      ],
    },
    "[User] malformed dynamic workflow, caused by: Collected Errors: ",
  ],
  [
    "a workflow that runs itself",
    { ...good, nodes: [...(good.nodes ?? []), runs("dn1", "w")], subworkflows: [workflow("w", [runs("n0", "w")])] },
    "[User] malformed dynamic workflow, caused by: Collected Errors: 1\n\tError 0: Code: CycleDetected, Node Id: n0",
  ],
  [
    "a workflow that is there twice",
    { ...good, subworkflows: [workflow("w", [runs("n0", "x")]), workflow("w", [runs("n0", "x")])] },
    "[User] failed to Get requirements for subworkflows, caused by: Collected Errors: 1\n\tError 0: Code: DuplicateId",
  ],
  [
    "a launch plan that nobody knows",
    { ...good, nodes: [...(good.nodes ?? []), launches("dn1", "lp")] },
    "[User] incorrectly specified launchplan p:d:lp:v, caused by: [NotFound] No launch plan retrieved from Admin",
  ],
  ["garbage", Buffer.from("\x0fthis is no message"), "[User] unable to read futures file, maybe corrupted, caused by: "],
  [
    "one that breaks off",
    DynamicJobSpec.encode(good).finish().subarray(0, 20),
    "[User] unable to read futures file, maybe corrupted, caused by: ",
  ],
  ["lists in lists without end", deepBytes(5_000), "[User] unable to read futures file, maybe corrupted, caused by: "],
  [
    "one that is too large",
    DynamicJobSpec.encode({ ...good, outputs: output({ scalar: { primitive: { stringValue: "x".repeat(3000) } } }) }).finish(),
    "[User] unable to read futures file, maybe corrupted, caused by: s3://bucket/metadata/propeller/p-d-ex/n0/data/0/futures.pb has ",
    2000,
  ],
])("a spec with %s fails the node for good, as the user's fault", async (_what, futures, text, size) => {
  const { code, message, kind } = await errorOf(futures, size);
  expect([code, kind]).toEqual(["DynamicWorkflowBuildFailed", USER]);
  expect(message?.slice(0, text.length)).toBe(text);
});

test("lists in lists are as deep as messages go, and no deeper", async () => {
  const ends = new Map<string, number>();
  for (let depth = 38; depth <= 48; depth++) {
    const bytes = DynamicJobSpec.encode({ ...good, outputs: output(nested(depth)) }).finish();
    let type: LiteralType = int.type;
    for (let level = 0; level < depth; level++) type = { collectionType: type };
    const task = { interface: { outputs: { variables: { o: { type } } } } };
    await using bench = await runToEnd(
      { nodes: { n0: { task } } },
      { futures: ({ generatedName }) => (generatedName === "ex-n0-0" ? bytes : undefined) },
    );
    expect({ depth, logged: bench.logged, violations: bench.admin.violations }).toEqual({ depth, logged: [], violations: [] });
    const { code, message } = bench.admin.last("n0")?.event.event.error ?? {};
    const end = code ? `${code}: ${message}` : (bench.admin.last("n0")?.phase ?? "");
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  expect([...ends.keys()]).toEqual([
    "SUCCEEDED",
    "DynamicWorkflowBuildFailed: [User] malformed dynamic workflow, caused by: max depth exceeded",
  ]);
});

test("tasks inherit the configuration of the container that made them", async () => {
  const container = { image: "i", args: ["run"], config: [{ key: "dynamic_queue", value: "large" }] };
  const own = { ...task("t"), container: { image: "i", args: ["run"], config: [{ key: "own", value: "1" }] } };
  const bytes = DynamicJobSpec.encode({ ...good, tasks: [own] }).finish();
  await using bench = await runToEnd(
    { nodes: { n0: { task: { container } } } },
    { futures: ({ generatedName }) => (generatedName === "ex-n0-0" ? bytes : undefined), outputs: addOne },
  );
  const config = bench.world.attempts.get("ex-n0-0-dn0-0")?.context.template.container?.config ?? [];
  expect(config.map(({ key, value }) => `${key}=${value}`)).toEqual(["own=1", "dynamic_queue=large"]);
});

test("tasks that make themselves without end are stopped", { timeout: 60_000 }, async () => {
  const bytes = DynamicJobSpec.encode(good).finish();
  await using bench = await runToEnd({ nodes: { n0: {} } }, { futures: () => bytes, steps: {} });
  expect(bench.world.attempts.size).toBe(101);
  expect(bench.admin.last("n0")?.event.event.error).toMatchObject({
    code: "DynamicWorkflowBuildFailed",
    message: "[User] malformed dynamic workflow, caused by: dynamic workflows are nested more than [100] deep",
  });
  expect(bench.admin.violations).toEqual([]);
});

test("an element of an array cannot make a workflow", async () => {
  const bytes = DynamicJobSpec.encode(good).finish();
  await using bench = await runToEnd(
    { nodes: { n0: { inputs: { x: promise("", "x") }, array: {} } } },
    { inputs: { literals: { x: integers(1, 2) } }, futures: () => bytes },
  );
  expect(bench.admin.last("workflow")?.phase).toBe("FAILED");
  expect(bench.admin.last("n0")?.event.event.error?.message).toContain("[User] an element of an array cannot make a workflow");
  expect([...bench.admin.violations, ...bench.world.violations, ...bench.logged]).toEqual([]);
});

test("an array in what a task has made", async () => {
  const inner = { nodes: { dn0: { inputs: { x: { collection: { bindings: [1, 2, 3].map(constantOf) } } }, array: {} } }, outputs: {} };
  await using bench = await runToEnd({ nodes: { n0: { task: { interface: {} }, makes: inner } } });
  expect([bench.admin.last("workflow")?.phase, bench.admin.last("n0")?.event.event.error?.message ?? ""]).toEqual(["SUCCEEDED", ""]);
  expect(bench.admin.phases("n0-0-dn0").at(-1)).toBe("SUCCEEDED");
  expect(bench.world.attempts.size).toBe(4);
  expect([...bench.admin.violations, ...bench.world.violations, ...bench.logged]).toEqual([]);
});
