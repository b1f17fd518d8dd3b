import Long from "long";
import { expect } from "vitest";
import { Bench, type Reach } from "../integration/propeller/bench.ts";
import { Crashes } from "../support/crashes.ts";
import { addOne, condition, dataOf, executionId, promise } from "../integration/propeller/workflow-of.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { taskPhaseOf } from "../../src/idl/phases.ts";
import { toDuration } from "../../src/idl/time.ts";
import type { CatalogKey } from "../../src/ports/catalog.ts";
import type { PropellerDeps } from "../../src/engine/propeller/propeller-deps.ts";
import type { StatusError } from "../../src/idl/status.ts";
import type { NodeOf, WorkflowOf } from "../integration/propeller/workflow-of.ts";
import type { Step } from "../support/scripted-plugin.ts";

type Dice = (below: number) => number;

/** mulberry32 */
function dice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const good: readonly (readonly Step[])[] = [
  ["QUEUED", "RUNNING", "SUCCESS"],
  ["RUNNING", "SUCCESS"],
  ["SUCCESS"],
  ["WAITING_FOR_RESOURCES", "QUEUED", "INITIALIZING", "RUNNING", "SUCCESS"],
];

interface Plan {
  readonly workflow: WorkflowOf;
  readonly oneAtATime?: boolean;
  readonly steps: Record<string, readonly (readonly Step[])[]>;
  /** What becomes of child executions, by name: after so many turns. Others go on for ever. */
  readonly children: Record<string, { readonly turns: number; readonly phase: "SUCCEEDED" | "FAILED" }>;
}

/** A workflow within a node: two tasks, one after the other, and perhaps one for when they fail. `at`: its node and attempt. */
function innerOf(roll: Dice, steps: Plan["steps"], at: string): WorkflowOf {
  steps[`${at}-a`] = [...(roll(3) === 0 ? [["RUNNING", "RETRYABLE_FAILURE"] as const] : []), good[roll(good.length)] ?? ["SUCCESS"]];
  steps[`${at}-b`] = [roll(8) === 0 ? ["RUNNING", "PERMANENT_FAILURE"] : (good[roll(good.length)] ?? ["SUCCESS"])];
  return {
    nodes: { a: { metadata: { name: "a", retries: { retries: 1 } } }, b: { inputs: { x: promise("a") } } },
    outputs: { o: promise("b") },
    ...(roll(2) === 0 && { failureNode: {} }),
  };
}

/** What a task makes: two tasks, the second of which perhaps makes two more, or is a workflow. */
function madeOf(roll: Dice, steps: Plan["steps"], at: string, depth: number): WorkflowOf {
  const inner = innerOf(roll, steps, at);
  const kind = roll(3);
  const b: NodeOf =
    kind === 0 && depth > 0
      ? { makes: madeOf(roll, steps, `${at}-b-0`, depth - 1), metadata: { name: "b", retries: { retries: roll(2) } } }
      : kind === 1 && depth > 0
        ? { workflow: innerOf(roll, steps, `${at}-b-0`) }
        : {};
  return { nodes: { ...inner.nodes, b: { ...inner.nodes["b"], ...b } }, outputs: { o: promise("b") } };
}

/** A branch of which one arm is a task, the other a workflow. */
function branchOf(roll: Dice, steps: Plan["steps"], id: string, inputs: NonNullable<NodeOf["inputs"]>): NodeOf {
  const value = { scalar: { primitive: { integer: Long.fromNumber(roll(2)) } } };
  const workflow = innerOf(roll, steps, `${id}-0-${id}-else-0`);
  return { inputs: { ...inputs, v: value }, branch: { when: condition("v", "EQ", 1), arm: { inputs }, else: { workflow } } };
}

/** A task for each of up to five elements, of which one or another fails, and perhaps may. */
function arrayOf(roll: Dice, steps: Plan["steps"], id: string, inputs: NonNullable<NodeOf["inputs"]>): NodeOf {
  const values = Array.from({ length: roll(6) }, (_, index) => ({ scalar: { primitive: { integer: Long.fromNumber(index) } } }));
  for (const index of values.keys()) {
    const attempts: (readonly Step[])[] = Array.from({ length: roll(2) }, () => ["RUNNING", "RETRYABLE_FAILURE"] as const);
    attempts.push(roll(10) === 0 ? ["RUNNING", "PERMANENT_FAILURE"] : (good[roll(good.length)] ?? ["SUCCESS"]));
    steps[`${id}-0-n${index}`] = attempts;
  }
  return {
    inputs: { ...inputs, list: { collection: { bindings: values } } },
    array: {
      metadata: { name: "element", retries: { retries: 1 } },
      boundInputs: Object.keys(inputs),
      ...(roll(2) === 0 && { parallelism: 1 + roll(2) }),
      ...(roll(2) === 0 && { minSuccessRatio: 0.5 }),
    },
    ...(roll(3) === 0 && { task: { metadata: { discoverable: true, discoveryVersion: "1", cacheSerializable: roll(2) === 0 } } }),
  };
}

/** An execution of a launch plan for each of up to four elements, of which one or another fails, and perhaps may. */
function launchingArrayOf(roll: Dice, children: Plan["children"], id: string, inputs: NonNullable<NodeOf["inputs"]>): NodeOf {
  const values = Array.from({ length: roll(5) }, (_, index) => ({ scalar: { primitive: { integer: Long.fromNumber(index) } } }));
  for (const index of values.keys()) {
    children[`ex-${id}-0-n${index}-0`] = { turns: roll(4), phase: roll(8) === 0 ? "FAILED" : "SUCCEEDED" };
  }
  return {
    launches: "lp",
    inputs: { ...inputs, list: { collection: { bindings: values } } },
    array: {
      isOriginalSubNodeInterface: { value: true },
      boundInputs: Object.keys(inputs),
      ...(roll(2) === 0 && { parallelism: 1 + roll(2) }),
      ...(roll(2) === 0 && { minSuccessRatio: 0.5 }),
      ...(roll(3) === 0 && { dataMode: flyteidl.core.ArrayNode.DataMode.INDIVIDUAL_INPUT_FILES }),
    },
  };
}

function planOf(roll: Dice): Plan {
  const nodes: Record<string, NodeOf> = {};
  const children: Plan["children"] = {};
  const steps: Plan["steps"] = {};
  const count = 1 + roll(5);
  let holdsOut = false;
  const pick = (): readonly Step[] => good[roll(good.length)] ?? ["SUCCESS"];
  for (let index = 0; index < count; index++) {
    const inputs: Record<string, ReturnType<typeof promise>> = {};
    const after: string[] = [];
    for (let from = 0; from < index; from++) {
      if (roll(3) !== 0) continue;
      if (nodes[`n${from}`]?.gate) after.push(`n${from}`);
      else inputs[`x${from}`] = promise(`n${from}`);
    }
    nodes[`n${index}`] = {
      inputs,
      metadata: { name: `n${index}`, retries: { retries: roll(3) } },
      ...(roll(3) === 0 && { task: { metadata: { discoverable: true, discoveryVersion: "1", cacheSerializable: roll(2) === 0 } } }),
    };
    const attempts: (readonly Step[])[] = Array.from({ length: roll(2) }, () => ["RUNNING", "RETRYABLE_FAILURE"] as const);
    attempts.push(roll(8) === 0 ? ["RUNNING", "PERMANENT_FAILURE"] : pick());
    // Some never end: their time runs out.
    if (roll(12) === 0) {
      nodes[`n${index}`] = { inputs, metadata: { name: `n${index}`, timeout: toDuration(30_000), retries: { retries: 2 } } };
      attempts.splice(0, attempts.length, ["QUEUED", "RUNNING"]);
    }
    steps[`n${index}`] = attempts;
    // Some hold others, or wait.
    const kind = roll(12);
    const id = `n${index}`;
    if (kind < 2) nodes[id] = { inputs, workflow: innerOf(roll, steps, `${id}-0`) };
    // The second of its tasks never ends; it does when the whole workflow is tried again. Crashes cost turns, and so time: the
    // workflow has enough of it for all that does end, however often propeller has to begin anew.
    if (kind < 2 && roll(3) === 0) {
      steps[`${id}-0-b`] = [["RUNNING"]];
      holdsOut = true;
      nodes[id] = { ...nodes[id], metadata: { name: id, timeout: toDuration(2_000_000), retries: { retries: 1 } } };
    } else if (kind === 2) nodes[id] = branchOf(roll, steps, id, inputs);
    else if (kind === 3 && index < count - 1)
      nodes[id] = { gate: roll(2) === 0 ? { sleep: { duration: toDuration(7_000) } } : { approve: { signalId: "go" } } };
    else if (kind === 4 || kind === 5) {
      nodes[id] = { inputs, launches: "lp" };
      children[`ex-${id}-0`] = { turns: roll(4), phase: roll(8) === 0 ? "FAILED" : "SUCCEEDED" };
      if (roll(4) === 0) {
        // The first goes on for ever, and is followed by another.
        holdsOut = true;
        nodes[id] = { inputs, launches: "lp", metadata: { name: id, timeout: toDuration(2_000_000), retries: { retries: 1 } } };
        delete children[`ex-${id}-0`];
        children[`ex-${id}-1`] = { turns: roll(4), phase: "SUCCEEDED" };
      }
    } else if (kind === 7) nodes[id] = launchingArrayOf(roll, children, id, inputs);
    else if (kind === 8 || kind === 9) nodes[id] = arrayOf(roll, steps, id, inputs);
    else if (kind > 9 && nodes[id]) {
      // The attempt that ends well makes it.
      const makes = madeOf(roll, steps, `${id}-${Math.max(0, attempts.length - 1)}`, 1);
      nodes[id] = { ...nodes[id], makes };
      if (roll(4) === 0) {
        // As the sub-workflow above; all of it is made anew.
        steps[id] = [pick()];
        steps[`${id}-0-b`] = [["RUNNING"]];
        nodes[id] = { makes: { ...makes, nodes: { ...makes.nodes, b: { inputs: { x: promise("a") } } } } };
        nodes[id] = { ...nodes[id], inputs, metadata: { name: id, timeout: toDuration(2_000_000), retries: { retries: roll(2) } } };
        holdsOut = true;
      }
    }
    nodes[id] = { ...nodes[id], after };
  }
  return {
    workflow: {
      nodes,
      outputs: { r: promise(`n${count - 1}`) },
      onFailure: roll(2) === 0 ? "FAIL_IMMEDIATELY" : "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE",
      // What never ends would keep the only place from another workflow until the time of both is up: which of them ends first
      // depends on the moment.
      spec: { maxParallelism: roll(3) * (holdsOut ? 0 : 1) },
    },
    steps,
    children,
  };
}

/** A life that has not ended by then never will. */
const mostTurns = 1000;

interface Life {
  readonly phase: string;
  readonly phases: Record<string, string[]>;
  readonly outputs: string;
  readonly attempts: readonly string[];
  /** Nodes and elements of which an attempt was begun. */
  readonly ran: readonly string[];
  readonly effects: number;
  readonly crashes: number;
  readonly violations: readonly string[];
}

/** Over gRPC a batch of events is an effect each: propeller may be gone in the midst of it. */
function chaosIn(chaos: Crashes, reach: Reach): (deps: PropellerDeps) => PropellerDeps {
  return (deps) => {
    const guarded = chaos.process(deps);
    if (reach !== "GRPC") return guarded;
    const record: PropellerDeps["events"]["record"] = async (events) => {
      const outcomes: (StatusError | undefined)[] = [];
      for (const event of events) outcomes.push(...(await guarded.events.record([event])));
      return outcomes;
    };
    return { ...guarded, events: { record } };
  };
}

/** Lets child executions go on by a turn: those that end wake their parent, if it listens. */
function ageChildren({ children: model, workflows }: Bench, plan: Plan, ages: Map<string, number>): void {
  for (const [name, child] of model.children) {
    const { turns, phase } = plan.children[name] ?? { turns: Infinity, phase: "SUCCEEDED" };
    const age = ages.get(name) ?? 0;
    ages.set(name, age + 1);
    if (child.phase === "ABORTING") child.phase = "ABORTED";
    else if (child.phase === "UNDEFINED" && age >= turns) model.end(name, phase, { outputs: addOne("", child.request.inputs ?? {}) });
    else continue;
    workflows.wake(executionId, child.request.spec?.metadata?.parentNodeExecution?.nodeId ?? "");
  }
}

const isToldAgain = (subject: string): boolean => subject === "workflow" || subject.includes("/");

/** The last that admin was told of each attempt of an element, by array, index and attempt. */
function elementsIn({ admin }: Bench): Record<string, string[]> {
  const last: Record<string, string[]> = {};
  for (const { subject, event } of admin.seen) {
    if (event.level !== "task") continue;
    for (const { index, retryAttempt, phase, cacheStatus } of event.event.metadata?.externalResources ?? [])
      last[`${subject}[${index ?? 0}/${retryAttempt ?? 0}]`] = [taskPhaseOf(phase), String(cacheStatus ?? 0)];
  }
  return last;
}

/** The world of one execution before it begins; `recovers`: the execution that it takes over from. */
async function worldOf(plan: Plan, reach: Reach, chaos: Crashes, recovers?: Bench): Promise<Bench> {
  return await Bench.open(plan.workflow, {
    steps: plan.steps,
    oneAtATime: plan.oneAtATime ?? false,
    reach,
    wrap: chaosIn(chaos, reach),
    settings: { maxRoundFailures: 1000 },
    catalog: "ours",
    ...(recovers && { recovers }),
  });
}

async function live(
  plan: Plan,
  reach: Reach,
  at: ReadonlyMap<number, "BEFORE" | "AFTER">,
  terminateAt = -1,
  recovers?: Bench,
): Promise<Life> {
  const chaos = new Crashes(at);
  await using bench = await worldOf(plan, reach, chaos, recovers);
  return await liveIn(bench, plan, chaos, terminateAt);
}

/** Lives one execution to its end, reviving propeller after each crash. `terminateAt`: the turn in which it is terminated. */
async function liveIn(bench: Bench, plan: Plan, chaos: Crashes, terminateAt: number): Promise<Life> {
  const { catalog } = bench;
  bench.launchPlans.set("lp", { expectedInputs: { parameters: {} }, expectedOutputs: { variables: { o: { type: { simple: 1 } } } } });
  const reserve = catalog.reserve.bind(catalog);
  const keys: CatalogKey[] = [];
  catalog.reserve = (key, ...rest) => {
    keys.push(key);
    return reserve(key, ...rest);
  };
  let started = false;
  const ages = new Map<string, number>();
  const turn = async (): Promise<void> => {
    if (!started) {
      started = true;
      await bench.propeller.start();
    }
    await bench.propeller.idle();
    if (await bench.isOver) return;
    ageChildren(bench, plan, ages);
    await bench.step();
    // In steps, as reservations are to be extended.
    for (let step = 0; step < 8; step++) await bench.advance(5_000);
  };
  let turns = 0;
  for (; turns < mostTurns; turns++) {
    if (turns === 2) bench.signals.set("go", { scalar: { primitive: { boolean: true } } });
    if (turns === terminateAt) await bench.workflows.terminate(executionId, "enough");
    await Promise.race([turn(), chaos.death]);
    if (chaos.isDead) {
      // The world goes on meanwhile.
      ageChildren(bench, plan, ages);
      bench.replacePropeller();
      started = false;
    } else if (await bench.isOver) {
      break;
    }
  }
  const { admin, world } = bench;
  const outputs = bench.literals(`${dataOf("end-node")}/0/outputs.pb`);
  const left = [...world.attempts.values()]
    .filter((attempt) => attempt.finalized === 0)
    .map((attempt) => `${attempt.name} was not finalized`);
  for (const [name, child] of bench.children.children) {
    if (["UNDEFINED", "RUNNING"].includes(child.phase)) left.push(`${name} goes on without its parent`);
    if (child.terminated.length > 1) left.push(`${name} was terminated ${child.terminated.length} times`);
  }
  for (const key of keys) {
    const { ownerId } = await reserve(key, "judge", undefined);
    if (ownerId !== "judge") left.push(`${ownerId} still has a reservation`);
  }
  const bad = admin.seen.flatMap((each, index) => {
    const ended = admin.seen
      .slice(0, index)
      .some((other) => other.subject === each.subject && /^(SUCCEEDED|FAILED|ABORTED|SKIPPED|TIMED_OUT|RECOVERED)$/.test(other.phase));
    return ended ? [`${each.subject} ${each.phase} after its end`] : [];
  });
  return {
    phase:
      turns < mostTurns
        ? (admin.last("workflow")?.phase ?? "")
        : `never ended: ${admin.order.join(", ")} ${bench.logged.slice(0, 3).join("; ")}`,
    // A batch that was recorded but not saved is told again, whole: of tasks and the workflow, which admin takes back from
    // phases that are not their last, each phase counts where it came first.
    phases: {
      ...Object.fromEntries(
        admin.subjects
          .sort()
          .map((subject) => [subject, isToldAgain(subject) ? [...new Set(admin.phases(subject))] : admin.phases(subject)]),
      ),
      ...elementsIn(bench),
    },
    outputs: JSON.stringify(outputs ?? null),
    attempts: [...world.attempts.keys(), ...[...bench.children.children].map(([name, { phase }]) => `${name} ${phase}`)].sort(),
    ran: [...new Set([...world.attempts.values()].map(({ context }) => context.id.node.nodeId))],
    effects: chaos.effects,
    crashes: chaos.crashes,
    violations: [...world.violations, ...admin.violations, ...left, ...bad],
  };
}

/** Nodes without edges that all make the same outputs of one task. */
function serialPlanOf(roll: Dice): Plan {
  const task = { metadata: { discoverable: true, discoveryVersion: "1", cacheSerializable: true } };
  const nodes: Record<string, NodeOf> = { n0: { task, metadata: { name: "n0", retries: { retries: roll(3) } } } };
  const steps: Plan["steps"] = {};
  const referenceId = { resourceType: flyteidl.core.ResourceType.TASK, project: "p", domain: "d", name: "task-n0", version: "v" };
  for (let index = 1; index < 2 + roll(3); index++) {
    const id = `n${index}`;
    nodes[id] = { raw: { id, taskNode: { referenceId }, metadata: { name: id, retries: { retries: roll(3) } } } };
  }
  for (const id of Object.keys(nodes)) {
    steps[id] = [["RUNNING", "RETRYABLE_FAILURE"] as const, good[roll(good.length)] ?? ["SUCCESS"]].slice(roll(2));
    if (roll(4) === 0) steps[id] = [["RUNNING", "PERMANENT_FAILURE"]];
  }
  return { workflow: { nodes, onFailure: "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE" }, steps, children: {}, oneAtATime: true };
}

const crashesOf = (roll: Dice, effects: number): Map<number, "BEFORE" | "AFTER"> =>
  new Map(Array.from({ length: 1 + roll(3) }, () => [1 + roll(effects), roll(2) === 0 ? "BEFORE" : "AFTER"]));

/**
 * Crashes between any two effects change nothing of how a plan ends. So many plans are run, each six times with crashes; a
 * seed that fails is in the message.
 */
export async function crashesChangeNothing(seeds: number, reach: Reach): Promise<void> {
  let crashed = 0;
  let within = 0;
  let launching = 0;
  let arrays = 0;
  let launchingArrays = 0;
  let made = 0;
  const ends: Record<string, number> = {};
  for (let seed = 1; seed <= seeds; seed++) {
    const roll = dice(seed);
    const plan = planOf(roll);
    const calm = await live(plan, reach, new Map());
    expect({ seed, violations: calm.violations }).toEqual({ seed, violations: [] });
    expect(["SUCCEEDED", "FAILED"]).toContain(calm.phase);
    for (let run = 0; run < 6; run++) {
      const at = crashesOf(roll, calm.effects);
      const crashing = await live(plan, reach, at);
      const name = { seed, run, at: [...at] };
      expect({ ...name, phase: crashing.phase, outputs: crashing.outputs, violations: crashing.violations }).toEqual({
        ...name,
        phase: calm.phase,
        outputs: calm.outputs,
        violations: [],
      });
      // Failing at once, how far other nodes came depends on the moment; else everything is the same.
      if (calm.phase === "SUCCEEDED") {
        expect({ ...name, attempts: crashing.attempts, phases: crashing.phases }).toEqual({
          ...name,
          attempts: calm.attempts,
          phases: calm.phases,
        });
      }
      crashed += crashing.crashes;
    }
    ends[calm.phase] = (ends[calm.phase] ?? 0) + 1;
    launching += calm.attempts.some((attempt) => /^ex-n\d-\d (SUCCEEDED|FAILED)$/.test(attempt)) ? 1 : 0;
    made += Object.values(calm.phases).some((phases) => phases.includes("DYNAMIC_RUNNING")) ? 1 : 0;
    arrays += Object.keys(plan.workflow.nodes).some((id) => calm.phases[`${id}/0`] && plan.workflow.nodes[id]?.array) ? 1 : 0;
    launchingArrays += calm.attempts.some((attempt) => /^ex-n\d-0-n\d-0 SUCCEEDED$/.test(attempt)) ? 1 : 0;
    within += Object.keys(calm.phases).some((subject) => /^n\d-0-.*-0-[ab]$|^n\d-0-[ab]$/.test(subject)) ? 1 : 0;
  }
  // The simulation is worth something only when it crashes, has graphs and arrays within nodes and children, and plans end both ways.
  expect(launching).toBeGreaterThan(seeds / 6);
  expect(within).toBeGreaterThan(seeds / 6);
  expect(arrays).toBeGreaterThan(seeds / 6);
  expect(launchingArrays).toBeGreaterThan(Math.floor(seeds / 20) - 1);
  expect(made).toBeGreaterThan(seeds / 6);
  expect(crashed).toBeGreaterThan(seeds * 6);
  expect(Object.values(ends).every((count) => count > Math.floor(seeds / 12)) && Object.keys(ends).length === 2).toBe(true);
}

/** Of nodes whose outputs are made by one at a time no two run, and the first that makes them does for all. */
export async function oneNodeMakesThem(seeds: number, reach: Reach): Promise<void> {
  {
    let hits = 0;
    for (let seed = 200_001; seed <= 200_000 + seeds; seed++) {
      const roll = dice(seed);
      const plan = serialPlanOf(roll);
      for (const at of [new Map<number, "BEFORE" | "AFTER">(), crashesOf(roll, 80)]) {
        const life = await live(plan, reach, at);
        expect({ seed, at: [...at], violations: life.violations }).toEqual({ seed, at: [...at], violations: [] });
        expect(["SUCCEEDED", "FAILED"]).toContain(life.phase);
        const succeeded = Object.keys(life.phases).filter((subject) => life.phases[subject]?.at(-1) === "SUCCEEDED");
        const nodes = succeeded.filter((subject) => Object.hasOwn(plan.workflow.nodes, subject));
        const makers = succeeded.filter((subject) => subject.includes("/"));
        expect({ seed, at: [...at], makers: makers.length }).toEqual({ seed, at: [...at], makers: nodes.length > 0 ? 1 : 0 });
        hits += nodes.length - makers.length;
      }
    }
    expect(hits).toBeGreaterThan(seeds / 2);
  }
}

/** Crashes around an abort leave nothing behind. Twice as many plans. */
export async function abortsLeaveNothing(seeds: number, reach: Reach): Promise<void> {
  let aborted = 0;
  for (let seed = 100_001; seed <= 100_000 + 2 * seeds; seed++) {
    const roll = dice(seed);
    const plan = planOf(roll);
    const life = await live(plan, reach, crashesOf(roll, 60), roll(4));
    expect({ seed, violations: life.violations }).toEqual({ seed, violations: [] });
    expect(["SUCCEEDED", "FAILED", "ABORTED"]).toContain(life.phase);
    if (life.phase === "ABORTED") aborted++;
  }
  expect(aborted).toBeGreaterThan(seeds / 2);
}

/** What went wrong for good goes well now. */
function mended(plan: Plan): Plan {
  const attempt = (steps: readonly Step[]): readonly Step[] => steps.map((step) => (step === "PERMANENT_FAILURE" ? "SUCCESS" : step));
  return {
    ...plan,
    steps: Object.fromEntries(Object.entries(plan.steps).map(([id, attempts]) => [id, attempts.map(attempt)])),
    children: Object.fromEntries(Object.entries(plan.children).map(([name, { turns }]) => [name, { turns, phase: "SUCCEEDED" }])),
  };
}

/** Nodes, and elements of arrays, that have succeeded as admin was told: `n0`, `n0-0-n1`. */
function succeededIn(bench: Bench): ReadonlySet<string> {
  const nodes = bench.admin.subjects.filter((subject) => ["SUCCEEDED", "RECOVERED"].includes(bench.admin.last(subject)?.phase ?? ""));
  const elements = Object.entries(elementsIn(bench)).flatMap(([name, [phase]]) => {
    const [, array, index] = /^(.+)\/0\[(\d+)\/\d+\]$/.exec(name) ?? [];
    return phase === "SUCCEEDED" ? [`${array ?? ""}-0-n${index ?? ""}`] : [];
  });
  return new Set([...nodes, ...elements]);
}

/**
 * An execution that failed or was aborted is recovered once all goes well: nothing that has succeeded runs again, the outputs
 * are those of an execution to which nothing had happened, and crashes change nothing of it.
 */
export async function recoveriesTakeOver(seeds: number, reach: Reach): Promise<void> {
  let crashed = 0;
  let takenOver = 0;
  let succeeded = 0;
  const kinds = new Set<string>();
  for (let seed = 300_001; seed <= 300_000 + seeds; seed++) {
    const roll = dice(seed);
    const plan = planOf(roll);
    const chaos = new Crashes(new Map());
    await using past = await worldOf(plan, reach, chaos);
    await liveIn(past, plan, chaos, roll(2) === 0 ? 1 + roll(5) : -1);
    const before = succeededIn(past);
    const better = mended(plan);
    const fresh = await live(better, reach, new Map());
    const calm = await live(better, reach, new Map(), -1, past);
    // Of an array that needs not all of its elements those that had failed stay without outputs.
    const isWhole = Object.values(plan.workflow.nodes).every(({ array }) => array?.minSuccessRatio === undefined);
    if (fresh.phase === "SUCCEEDED" && isWhole)
      expect({ seed, phase: calm.phase, outputs: calm.outputs }).toEqual({ seed, phase: "SUCCEEDED", outputs: fresh.outputs });
    for (let run = -1; run < 4; run++) {
      const at: Map<number, "BEFORE" | "AFTER"> = run < 0 ? new Map() : crashesOf(roll, calm.effects);
      const life = run < 0 ? calm : await live(better, reach, at, -1, past);
      const name = { seed, run, at: [...at] };
      expect({ ...name, phase: life.phase, outputs: life.outputs, violations: life.violations }).toEqual({
        ...name,
        phase: calm.phase,
        outputs: calm.outputs,
        violations: [],
      });
      expect({ ...name, again: life.ran.filter((node) => before.has(node)) }).toEqual({ ...name, again: [] });
      if (calm.phase === "SUCCEEDED")
        expect({ ...name, attempts: life.attempts, phases: life.phases }).toEqual({
          ...name,
          attempts: calm.attempts,
          phases: calm.phases,
        });
      crashed += life.crashes;
    }
    for (const [subject, phases] of Object.entries(calm.phases)) {
      if (phases.at(-1) !== "RECOVERED") continue;
      takenOver++;
      const of = plan.workflow.nodes[subject];
      kinds.add(
        subject.includes("-")
          ? "within"
          : of?.workflow
            ? "workflow"
            : of?.branch
              ? "branch"
              : of?.launches
                ? "child"
                : of?.array
                  ? "array"
                  : of?.gate
                    ? "gate"
                    : of?.makes
                      ? "dynamic"
                      : "task",
      );
    }
    succeeded += calm.phase === "SUCCEEDED" ? 1 : 0;
  }
  expect(takenOver).toBeGreaterThan(seeds / 6);
  expect(succeeded).toBeGreaterThan(seeds / 2);
  expect(crashed).toBeGreaterThan(seeds * 2);
  if (seeds >= 40)
    expect([...kinds].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "array",
      "branch",
      "child",
      "dynamic",
      "gate",
      "task",
      "within",
      "workflow",
    ]);
}

/** An attempt whose time ran out stays so, even when it ends well while propeller is down. */
export async function expiredStaysExpired(reach: Reach): Promise<void> {
  const ends: Record<string, number> = {};
  const nodes = { n0: { metadata: { name: "n0", timeout: toDuration(10_000) } } };
  // Until the attempt runs.
  const calm = new Crashes(new Map());
  await using begun = await Bench.open({ nodes }, { steps: { n0: [["RUNNING", "SUCCESS"]] }, reach, wrap: chaosIn(calm, reach) });
  await begun.propeller.start();
  await begun.propeller.idle();
  for (const how of ["BEFORE", "AFTER"] as const) {
    for (let effect = calm.effects + 1; effect <= calm.effects + 15; effect++) {
      const chaos = new Crashes(new Map([[effect, how]]));
      await using bench = await Bench.open({ nodes }, { steps: { n0: [["RUNNING", "SUCCESS"]] }, reach, wrap: chaosIn(chaos, reach) });
      await bench.propeller.start();
      await bench.propeller.idle();
      expect(bench.admin.phases("n0/0")).toEqual(["QUEUED", "RUNNING"]);
      await Promise.race([bench.advance(10_000).then(() => bench.finish()), chaos.death]);
      if (chaos.isDead) {
        for (const attempt of bench.world.unfinished) attempt.position++;
        bench.replacePropeller();
        await bench.propeller.start();
        await bench.finish();
      }
      const [task, node, workflow] = ["n0/0", "n0", "workflow"].map((subject) => bench.admin.last(subject)?.phase);
      expect({ how, effect, node, workflow, violations: bench.world.violations }).toEqual({
        how,
        effect,
        node: task,
        workflow: task,
        violations: [],
      });
      ends[task ?? ""] = (ends[task ?? ""] ?? 0) + 1;
    }
  }
  // Before the decision was saved it ended well; afterwards it did not.
  expect(Object.keys(ends).sort()).toEqual(["FAILED", "SUCCEEDED"]);
}
