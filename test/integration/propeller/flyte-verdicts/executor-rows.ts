import { promise } from "../workflow-of.ts";
import type { NodeOf, WorkflowOf } from "../workflow-of.ts";
import type { Step } from "../../../support/scripted-plugin.ts";
import type { VerdictRow } from "./verdict-row.ts";
import { emptyCatalog, settings } from "../bench.ts";

const goOn = "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE" as const;
const retryable: Step = { phase: "RETRYABLE_FAILURE", error: { code: "x", message: "y", kind: "USER" } };
const permanent: Step = { phase: "PERMANENT_FAILURE", error: { code: "code", message: "reason", kind: "USER" } };
const one = (retries = 0): WorkflowOf => ({ nodes: { n: { metadata: { name: "n", retries: { retries } } } } });
const row = (
  of: string,
  workflow: WorkflowOf,
  steps: Record<string, readonly (readonly Step[])[]>,
  rest: Omit<VerdictRow, "of" | "workflow" | "given">,
): VerdictRow => ({
  of: `nodes/executor_test.go TestNodeExecutor_RecursiveNodeHandler_Recurse/${of}`,
  workflow,
  given: { steps },
  ...rest,
});

const after = (of: NodeOf = {}): WorkflowOf => ({ nodes: { n0: of, n2: { after: ["n0"] } }, onFailure: goOn });

/** A plugin that does not come to an end of cleaning up. */
const stuck: NonNullable<VerdictRow["given"]>["wrap"] = (deps) => ({
  ...deps,
  plugins: {
    ...deps.plugins,
    choose(type) {
      const plugin = deps.plugins.choose(type);
      return plugin && { ...plugin, finalize: () => Promise.reject(new Error("error")) };
    },
  },
});

const states: readonly VerdictRow[] = [
  row("ChildNodeNotYetStarted/notYetStarted->skipped (failed)", after(), { n0: [[permanent]] }, { until: "END", sees: { n2: "SKIPPED" } }),
  row(
    "ChildNodeNotYetStarted/notYetStarted->skipped (skipped)",
    { nodes: { n: {}, n0: { after: ["n"] }, n2: { after: ["n0"] } }, onFailure: goOn },
    { n: [[permanent]] },
    { until: "END", sees: { n0: "SKIPPED", n2: "SKIPPED" } },
  ),
  row(
    "ChildNodeNotYetStarted/notYetStarted->queued",
    after(),
    { n0: [["SUCCESS"]], n2: [["QUEUED"]] },
    { until: "REST", sees: { n2: "QUEUED" } },
  ),
  row("ChildNodeQueuedPreviously/queued->running", one(), { n: [["RUNNING"]] }, { until: "REST", sees: { n: "QUEUED RUNNING" } }),
  row("ChildNodeQueuedPreviously/queued->queued", one(), { n: [["QUEUED"]] }, { until: "REST", sees: { n: "QUEUED" } }),
  row(
    "ChildNodeQueuedPreviously/queued->failing",
    one(),
    { n: [[permanent]] },
    { until: "REST", sees: { n: "QUEUED FAILED" }, codes: { n: "code" } },
  ),
  row(
    "ChildNodeQueuedPreviously/failing->failed",
    one(),
    { n: [[permanent]] },
    { until: "END", sees: { n: "QUEUED FAILED", workflow: "RUNNING FAILING FAILED" }, codes: { workflow: "code" } },
  ),
  {
    ...row(
      "ChildNodeQueuedPreviously/failing->failed(error)",
      one(),
      {},
      { until: "REST", sees: { n: "QUEUED FAILED", workflow: "RUNNING" } },
    ),
    given: { steps: { n: [[permanent]] }, wrap: stuck },
  },
  row("ChildNodeQueuedPreviously/queued->succeeding", one(), { n: [["SUCCESS"]] }, { until: "REST", sees: { n: "QUEUED SUCCEEDED" } }),
  row(
    "ChildNodeQueuedPreviously/succeeding->success",
    one(),
    { n: [["SUCCESS"]] },
    { until: "END", sees: { workflow: "RUNNING SUCCEEDING SUCCEEDED" } },
  ),
  {
    ...row(
      "ChildNodeQueuedPreviously/succeeding->success(error)",
      one(),
      {},
      { until: "REST", sees: { n: "QUEUED SUCCEEDED", workflow: "RUNNING" } },
    ),
    given: { steps: { n: [["SUCCESS"]] }, wrap: stuck },
  },
  row(
    "ChildNodeQueuedPreviously/queued->error",
    one(),
    { n: [[{ phase: "RUNNING", throws: "error" }]] },
    { until: "REST", sees: { n: "QUEUED" } },
  ),
  row(
    "ChildNodeStartedPreviously/running->running",
    one(),
    { n: [["RUNNING", "RUNNING"]] },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { n: "QUEUED RUNNING" } },
  ),
  row(
    "ChildNodeStartedPreviously/running->retryableFailure",
    one(),
    { n: [["RUNNING", retryable]] },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { n: "QUEUED RUNNING FAILED" }, codes: { n: "RetriesExhausted|x" } },
  ),
  row(
    "ChildNodeStartedPreviously/retryablefailure->running",
    one(1),
    { n: [["RUNNING", retryable], ["RUNNING"]] },
    {
      meanwhile: (bench) => bench.step(),
      until: "REST",
      sees: { n: "QUEUED RUNNING", "n/0": "QUEUED RUNNING FAILED", "n/1": "QUEUED RUNNING" },
    },
  ),
  row(
    "ChildNodeStartedPreviously/running->failing",
    one(),
    { n: [["RUNNING", permanent]] },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { n: "QUEUED RUNNING FAILED" }, codes: { n: "code" } },
  ),
  row(
    "ChildNodeStartedPreviously/running->succeeding",
    one(),
    { n: [["RUNNING", "SUCCESS"]] },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { n: "QUEUED RUNNING SUCCEEDED" } },
  ),
  row(
    "ChildNodeStartedPreviously/running->error",
    one(),
    { n: [["RUNNING", { phase: "RUNNING", throws: "error" }]] },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { n: "QUEUED RUNNING" } },
  ),
  row(
    "ChildNodeStartedPreviously/previously-failed",
    { nodes: { n: {}, other: {} }, onFailure: goOn },
    { n: [[permanent]], other: [["RUNNING"]] },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { n: "QUEUED FAILED", "n/0": "QUEUED FAILED", "n/1": "NONE" } },
  ),
  row(
    "ChildNodeStartedPreviously/previously-success",
    { nodes: { n: {}, other: {} } },
    { n: [["SUCCESS"]], other: [["RUNNING"]] },
    { meanwhile: (bench) => bench.step(), until: "REST", sees: { n: "QUEUED SUCCEEDED", "n/0": "QUEUED SUCCEEDED" } },
  ),
  row("retries-exhausted", one(), { n: [["RUNNING", retryable]] }, { until: "END", sees: { n: "QUEUED RUNNING FAILED", "n/1": "NONE" } }),
  row(
    "retries-remaining",
    one(1),
    { n: [["RUNNING", retryable]] },
    { until: "END", sees: { "n/0": "QUEUED RUNNING FAILED", "n/1": "QUEUED RUNNING FAILED", "n/2": "NONE" } },
  ),
];

const seconds = (n: number): number => n * 1000;
interface Timed {
  readonly name: string;
  readonly active: number;
  readonly execution: number;
  readonly retries?: number;
  readonly steps?: readonly Step[];
  readonly sees: Readonly<Record<string, string>>;
  readonly codes?: Readonly<Record<string, string>>;
}
/** Ten seconds after an attempt was queued and has begun; without its own deadlines those of the settings are a second. */
const timed: readonly Timed[] = [
  { name: "timeout", active: 5, execution: 5, sees: { n: "QUEUED RUNNING TIMED_OUT" } },
  {
    name: "default_execution_timeout",
    active: 50,
    execution: 1,
    retries: 1,
    sees: { n: "QUEUED RUNNING", "n/0": "QUEUED RUNNING FAILED" },
  },
  { name: "retryable-failure", active: 15, execution: 5, retries: 1, sees: { n: "QUEUED RUNNING", "n/0": "QUEUED RUNNING FAILED" } },
  {
    name: "retries-exhausted",
    active: 15,
    execution: 5,
    sees: { n: "QUEUED RUNNING FAILED" },
    codes: { n: "RetriesExhausted|TimeoutExpired" },
  },
  { name: "expired-but-terminal-phase", active: 10, execution: 5, steps: ["RUNNING", "SUCCESS"], sees: { n: "QUEUED RUNNING SUCCEEDED" } },
  { name: "not-expired", active: 15, execution: 15, sees: { n: "QUEUED RUNNING" } },
  {
    name: "handler-failure",
    active: 15,
    execution: 15,
    steps: ["RUNNING", { phase: "RUNNING", throws: "test-error" }],
    sees: { n: "QUEUED RUNNING" },
  },
];
const timeouts = timed.map(({ name, active, execution, retries = 0, steps = ["RUNNING"], sees, codes }): VerdictRow => ({
  of: `nodes/executor_test.go Test_nodeExecutor_timeout/${name}`,
  workflow: one(retries),
  given: {
    steps: { n: [steps] },
    settings: { nodeDefaults: { ...settings.nodeDefaults, activeDeadline: seconds(active), executionDeadline: seconds(execution) } },
  },
  async meanwhile(bench) {
    for (const attempt of bench.world.unfinished) attempt.position++;
    await bench.advance(seconds(10));
    if (steps.length > 1) bench.propeller.wake({ project: "p", domain: "d", name: "ex" });
    await bench.propeller.idle();
  },
  until: "REST",
  sees,
  ...(codes && { codes }),
}));

/** Ignoring the cause, failed attempts before and how many of them were the system's, the limits, the kind, and whether another follows. */
const eligible = [
  ["EligibleUserRetries", false, 0, 0, 2, 0, "USER", true],
  ["IneligibleUserRetries", false, 1, 0, 2, 0, "USER", false],
  ["EligibleSystemRetries", false, 0, 0, 1, 1, "SYSTEM", true],
  ["IneligibleSystemRetries", false, 1, 1, 1, 1, "SYSTEM", false],
  ["IgnoreCauseEligibleUserRetries", true, 0, 0, 2, 0, "USER", true],
  ["IgnoreCauseIneligibleUserRetries", true, 1, 0, 2, 0, "USER", false],
  ["IgnoreCauseEligibleSystemRetries", true, 0, 0, 2, 0, "SYSTEM", true],
  ["IgnoreCauseIneligibleSystemRetries", true, 1, 1, 2, 0, "SYSTEM", false],
] as const;
const retries = eligible.map(([name, ignoreRetryCause, before, ofSystem, maxAttempts, maxSystemFailures, kind, isEligible]): VerdictRow => {
  const failing = (by: "USER" | "SYSTEM"): readonly Step[] => [
    { phase: "RETRYABLE_FAILURE", error: { code: "x", message: "y", kind: by } },
  ];
  const earlier = Array.from({ length: before }, (_, attempt) => failing(attempt < ofSystem ? "SYSTEM" : "USER"));
  return {
    of: `nodes/executor_test.go TestNodeExecutor_IsEligibleForRetry/${name}`,
    workflow: one(),
    given: {
      steps: { n: [...earlier, failing(kind), ["RUNNING"]] },
      settings: { nodeDefaults: { ...settings.nodeDefaults, maxAttempts, maxSystemFailures, ignoreRetryCause } },
    },
    until: "REST",
    sees: { [`n/${before + 1}`]: isEligible ? "QUEUED RUNNING" : "NONE" },
    ...(!isEligible && { codes: { n: "RetriesExhausted|x" } }),
  };
});

/** The kind of a node, how many may be at work, how many others are, and whether it has to wait. */
const limits = [
  ["branch", 1, 1, false],
  ["subworkflow", 1, 1, false],
  ["lp-met", 1, 1, true],
  ["lp-disabled", 0, 1, false],
  ["lp-not-met", 4, 1, false],
  ["lp-not-met-1", 2, 1, false],
  ["task-met", 1, 1, true],
  ["task-disabled", 0, 1, false],
  ["task-not-met", 4, 1, false],
  ["task-not-met-1", 2, 1, false],
] as const;
const kinds: Readonly<Record<string, NodeOf>> = {
  branch: { inputs: { v: { scalar: { primitive: { boolean: true } } } }, branch: { when: {}, arm: {}, error: "none" } },
  subworkflow: { workflow: { nodes: { a: {} } } },
  lp: { launches: "lp" },
  task: {},
};
const parallelism = limits.map(([name, maxParallelism, others, waits]): VerdictRow => {
  const busy = Array.from({ length: others }, (_, index): [string, NodeOf] => [`busy${index}`, {}]);
  const kind = name.split("-")[0] ?? "";
  const phase =
    kind === "task" || kind === "lp" ? (waits ? "NONE" : "QUEUED RUNNING") : kind === "branch" ? "QUEUED RUNNING FAILED" : "QUEUED RUNNING";
  return {
    of: `nodes/executor_test.go TestIsMaxParallelismAchieved/${name}`,
    workflow: { nodes: { ...Object.fromEntries(busy), n: kinds[kind] ?? {} }, onFailure: goOn, spec: { maxParallelism } },
    given: { steps: { busy0: [["RUNNING"]], n: [["RUNNING"]] } },
    until: "REST",
    sees: { busy0: "QUEUED RUNNING", n: phase },
  };
});

const cachedTask = { metadata: { discoverable: true, discoveryVersion: "1" } };
const serialTask = { metadata: { ...cachedTask.metadata, cacheSerializable: true } };
const found = { literals: { o: { scalar: { primitive: { boolean: true } } } } };
const hit = {
  outputs: found,
  artifactId: "a",
  datasetId: { project: "p", domain: "d", name: "n", version: "v" },
  tag: "t",
  source: undefined,
};
type Found = NonNullable<Awaited<ReturnType<typeof emptyCatalog.get>>>;
const held =
  (ownerId: string): typeof emptyCatalog.reserve =>
  async (_key, own) => ({ ownerId: ownerId || own, expiresAt: 1_000_000, heartbeat: 10_000 });
/** Hits once so many look-ups have missed. */
function catalogOf(misses: number, owner: string): typeof emptyCatalog {
  let asked = 0;
  return { ...emptyCatalog, get: async () => (asked++ < misses ? undefined : (hit as unknown as Found)), reserve: held(owner) };
}
const cacheRow = (name: string, task: NodeOf["task"] & object, misses: number, owner: string, sees: VerdictRow["sees"]): VerdictRow => ({
  of: `nodes/executor_test.go TestNodeExecutor_RecursiveNodeHandler_Cache/${name}`,
  workflow: { nodes: { n: { task }, next: { inputs: {}, after: ["n"] } } },
  given: { steps: { n: [["RUNNING"]], next: [["QUEUED"]] }, catalog: catalogOf(misses, owner) },
  until: "REST",
  sees,
});
const caches: readonly VerdictRow[] = [
  cacheRow("NotYetStarted->CacheMiss->Queued", cachedTask, 9, "", { n: "QUEUED RUNNING", next: "NONE" }),
  cacheRow("NotYetStarted->CacheHit->Success", cachedTask, 0, "", { n: "SUCCEEDED", "n/0": "NONE", next: "QUEUED" }),
  cacheRow("Queued->CacheHit->Success", serialTask, 1, "another-node", { n: "QUEUED SUCCEEDED", "n/0": "NONE", next: "QUEUED" }),
  cacheRow("Queued->CacheMiss->Queued", serialTask, 9, "another-node", { n: "QUEUED", "n/0": "NONE", next: "NONE" }),
  cacheRow("Queued->ReservationAcquired->Running", serialTask, 9, "", { n: "QUEUED RUNNING", next: "NONE" }),
];

const predicate = (name: string, workflow: WorkflowOf, steps: Record<string, readonly (readonly Step[])[]>, n: string): VerdictRow => ({
  of: `nodes/predicate_test.go TestCanExecute/${name}`,
  workflow,
  given: { steps },
  until: "REST",
  sees: { n },
});
const two = { nodes: { a: {}, b: {}, n: { inputs: { x: promise("a"), y: promise("b") } } }, onFailure: goOn };
const skipping = (others: Record<string, NodeOf>): WorkflowOf => ({
  nodes: { bad: {}, a: { after: ["bad"] }, ...others, n: { after: ["a", "b"] } },
  onFailure: goOn,
});
const predicates: readonly VerdictRow[] = [
  predicate("startNode", { nodes: { n: {} } }, { n: [["QUEUED"]] }, "QUEUED"),
  predicate("upstreamConnectionsNotReady", two, { a: [["RUNNING"]], b: [["RUNNING"]] }, "NONE"),
  predicate("upstreamConnectionsPartialReady", two, { a: [["SUCCESS"]], b: [["RUNNING"]] }, "NONE"),
  predicate("upstreamConnectionsCompletelyReady", two, { a: [["SUCCESS"]], b: [["SUCCESS"]], n: [["QUEUED"]] }, "QUEUED"),
  predicate("upstreamConnectionsPartialSkipped", skipping({ b: {} }), { bad: [[permanent]], b: [["RUNNING"]] }, "NONE"),
  predicate("upstreamConnectionsOneSkipped", skipping({ b: {} }), { bad: [[permanent]], b: [["SUCCESS"]] }, "SKIPPED"),
  predicate("upstreamConnectionsAllSkipped", skipping({ b: { after: ["bad"] } }), { bad: [[permanent]] }, "SKIPPED"),
  predicate("upstreamConnectionsFailed", two, { a: [[permanent]], b: [["SUCCESS"]] }, "SKIPPED"),
];

export const executorRows: readonly VerdictRow[] = [...states, ...timeouts, ...retries, ...parallelism, ...caches, ...predicates];
