import { complaintsOf, verdictOf } from "./check-life.ts";
import { dice, type Dice } from "./dice.ts";
import { begunAnew, mended, pastOf } from "./past.ts";
import { live, liveIn, openLife, type Fate, type Life } from "./live.ts";
import { randomPlan, scarcePlan, serialPlan } from "./random-plan.ts";
import { shrink } from "./shrink.ts";
import { textOf } from "./reference/judge.ts";
import type { Fault } from "../support/crashes.ts";
import type { Plan } from "./plan.ts";
import type { Bench, Reach } from "../integration/propeller/bench.ts";
import type { WorkflowOf } from "../integration/propeller/workflow-of.ts";
import type { Verdict } from "./reference/story.ts";

/** Lives of a plan with faults, besides one without. */
const livesWithFaults = 3;

const faultKinds: readonly Fault[] = ["BEFORE", "AFTER", "FAILS", "ANSWER_LOST"];

/** One to three faults among so many effects. */
const faultsOf = (roll: Dice, effects: number): Map<number, Fault> =>
  new Map(Array.from({ length: 1 + roll(3) }, () => [1 + roll(effects), faultKinds[roll(faultKinds.length)] ?? "BEFORE"]));

export interface Suite {
  readonly name: "ends" | "aborts" | "serial" | "tokens" | "recoveries";
  readonly says: string;
  /** All lives of one seed; the complaints of the first that is not as it should be. */
  run(seed: number, reach: Reach): AsyncIterable<Trial>;
}

export interface Trial {
  readonly plan: Plan;
  readonly fate: Fate;
  readonly verdict: Verdict;
  readonly life: Life;
  readonly complaints: readonly string[];
  /** Whether a plan goes wrong in the same kind of life. */
  fails(plan: Plan, fate: Fate): Promise<readonly string[]>;
}

async function complaintsAbout(plan: Plan, fate: Fate): Promise<{ verdict: Verdict; life: Life; complaints: string[] } | undefined> {
  const verdict = verdictOf(plan);
  if (!verdict || verdict.phase === "HANGS") return undefined;
  const life = await live(plan, fate);
  return { verdict, life, complaints: complaintsOf(verdict, life, fate.terminateAt !== undefined) };
}

async function trial(plan: Plan, fate: Fate): Promise<Trial | undefined> {
  const lived = await complaintsAbout(plan, fate);
  const fails: Trial["fails"] = async (smaller, same) => (await complaintsAbout(smaller, same))?.complaints ?? [];
  return lived && { plan, fate, ...lived, fails };
}

const ends: Suite = {
  name: "ends",
  says: "plans end as the reference has it, whatever goes wrong in between",
  async *run(seed, reach) {
    const roll = dice(seed);
    const plan = randomPlan(roll);
    const calm = await trial(plan, { reach, faults: new Map() });
    if (!calm) return;
    yield calm;
    for (let number = 0; number < livesWithFaults; number++) {
      const shaken = await trial(plan, { reach, faults: faultsOf(roll, calm.life.effects), mood: roll(1 << 30) });
      if (shaken) yield shaken;
    }
  },
};

const aborts: Suite = {
  name: "aborts",
  says: "what is terminated leaves nothing behind",
  async *run(seed, reach) {
    const roll = dice(seed + 100_000);
    for (let twice = 0; twice < 2; twice++) {
      const lived = await trial(randomPlan(roll), { reach, faults: faultsOf(roll, 60), terminateAt: roll(4), mood: roll(1 << 30) });
      if (lived) yield lived;
    }
  },
};

/** Of nodes whose outputs are made by one at a time no two run, and the first that makes them does for all. */
function makersOf(plan: Plan, { phases }: Life): string[] {
  const succeeded = Object.keys(phases).filter((subject) => phases[subject]?.at(-1) === "SUCCEEDED");
  const nodes = succeeded.filter((subject) => Object.hasOwn(plan.workflow.nodes, subject));
  const makers = succeeded.filter((subject) => subject.includes("/"));
  const wanted = nodes.length > 0 ? 1 : 0;
  return makers.length === wanted ? [] : [`${nodes.length} nodes have outputs, which [${makers.join(", ")}] made`];
}

const serial: Suite = {
  name: "serial",
  says: "outputs that are made by one node at a time are made once",
  async *run(seed, reach) {
    const roll = dice(seed + 200_000);
    const plan = serialPlan(roll);
    const wrong = (life: Life): string[] => [
      ...life.violations,
      ...(life.unended === undefined ? [] : [life.unended]),
      ...makersOf(plan, life),
    ];
    for (const fate of [
      { reach, faults: new Map() },
      { reach, faults: faultsOf(roll, 80), mood: roll(1 << 30) },
    ]) {
      const life = await live(plan, fate);
      const verdict: Verdict = { phase: "SUCCEEDED", outputs: undefined, failures: [], failing: [], stories: new Map() };
      yield { plan, fate, verdict, life, complaints: wrong(life), fails: async (smaller, same) => wrong(await live(smaller, same)) };
    }
  },
};

const tokens: Suite = {
  name: "tokens",
  says: "no more attempts are under way than there are tokens, and no token is lost",
  async *run(seed, reach) {
    const roll = dice(seed + 300_000);
    const plan = scarcePlan(roll);
    const calm = await trial(plan, { reach, faults: new Map() });
    if (!calm) return;
    yield calm;
    for (const terminated of [{}, { terminateAt: roll(6) }]) {
      const faults = faultsOf(roll, calm.life.effects);
      const shaken = await trial(plan, { reach, faults, mood: roll(1 << 30), ...terminated });
      if (shaken) yield shaken;
    }
  },
};

const needsAll = ({ nodes }: WorkflowOf): boolean =>
  Object.values(nodes).every(
    ({ array, workflow, makes, branch }) =>
      !(array?.minSuccessRatio ?? array?.minSuccesses) &&
      [workflow, makes, branch?.else?.workflow].every((within) => within === undefined || needsAll(within)),
  );

interface Lived {
  readonly verdict: Verdict;
  readonly life: Life;
  readonly complaints: readonly string[];
}

/** An execution that is over. */
interface Before extends Lived, AsyncDisposable {
  readonly bench: Bench;
}

/** Lives what is to be recovered: a plan as it is, with nothing else going wrong. */
async function liveBefore(plan: Plan, { reach, past }: Fate): Promise<Before | undefined> {
  const verdict = verdictOf(plan);
  if (!verdict || verdict.phase === "HANGS") return undefined;
  const fate: Fate = { reach, faults: new Map(), ...past };
  const opened = await openLife(plan, fate);
  const { bench } = opened;
  const life = await liveIn(opened, plan, fate);
  const complaints = complaintsOf(verdict, life, fate.terminateAt !== undefined);
  return { verdict, life, complaints, bench, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

/** What comes of a recovery of a plan that is mended meanwhile. */
async function recover(plan: Plan, fate: Fate, before: Before): Promise<Lived | undefined> {
  if (before.complaints.length > 0) return before;
  const better = mended(plan);
  const verdict = verdictOf(better, pastOf(before.bench, before.life.seen));
  if (!verdict || verdict.phase === "HANGS") return undefined;
  const opened = await openLife(better, fate, before.bench);
  await using bench = opened.bench;
  const life = await liveIn(opened, better, fate);
  const complaints = [...complaintsOf(verdict, life, fate.terminateAt !== undefined), ...begunAnew(bench, before.bench, before.life.seen)];
  // Elements that an array could do without stay without outputs.
  const fresh = needsAll(plan.workflow) ? verdictOf(better) : undefined;
  const isSame = verdict.phase === fresh?.phase && textOf(verdict.outputs) === textOf(fresh.outputs);
  if (fresh?.phase === "SUCCEEDED" && !isSame)
    complaints.push(`it recovers to ${verdict.phase} ${textOf(verdict.outputs)}, not ${textOf(fresh.outputs)}`);
  return { verdict, life, complaints };
}

const recoveries: Suite = {
  name: "recoveries",
  says: "what has succeeded is taken over, and the rest ends as the reference has it",
  async *run(seed, reach) {
    const roll = dice(seed + 400_000);
    const plan = randomPlan(roll);
    const past = roll(2) === 0 ? { terminateAt: 1 + roll(5) } : {};
    await using before = await liveBefore(plan, { reach, faults: new Map(), past });
    if (!before) return;
    const fails: Trial["fails"] = async (smaller, same) => {
      await using again = await liveBefore(smaller, same);
      return (again && (await recover(smaller, same, again)))?.complaints ?? [];
    };
    const one = async (fate: Fate): Promise<Trial | undefined> => {
      const lived = await recover(plan, fate, before);
      return lived && { plan, fate, ...lived, fails };
    };
    const calm = await one({ reach, faults: new Map(), past });
    if (!calm) return;
    yield calm;
    for (const terminated of [{}, {}, { terminateAt: roll(4) }]) {
      const faults = faultsOf(roll, calm.life.effects);
      const shaken = await one({ reach, faults, past, mood: roll(1 << 30), ...terminated });
      if (shaken) yield shaken;
    }
  },
};

export const suites: readonly Suite[] = [ends, aborts, serial, tokens, recoveries];

export interface Counts {
  readonly lives: number;
  readonly crashes: number;
  readonly failures: number;
  /** How many lives had each of what must occur. */
  readonly occurred: Readonly<Record<string, number>>;
}

function kindOf(id: string, { workflow: { nodes } }: Plan): string {
  const node = nodes[id];
  if (!node) return id.endsWith("start-node") ? "start" : "within";
  const { workflow, branch, array, launches, gate, makes } = node;
  if (array) return launches === undefined ? "array" : "array of children";
  return workflow ? "workflow" : branch ? "branch" : launches !== undefined ? "child" : gate ? "gate" : makes ? "dynamic" : "task";
}

/** What makes a simulation worth something: names of what occurred in a life. */
function* occurrencesIn({ verdict, life, plan }: Trial): Iterable<string> {
  yield life.seen.phase;
  for (const [id, { attempts, end }] of life.seen.nodes) {
    if (id.startsWith("child ")) yield `child ${end}`;
    if (id.endsWith("]")) yield "element";
    if (/-\d-n\d$/.test(id)) yield "element of children";
    if (end === "TIMED_OUT" || end === "SKIPPED") yield end;
    if (attempts.length > 1) yield "retried";
    if (/-\d-start-node$/.test(id)) yield "within";
    if (/-\d-.*-\d-start-node$/.test(id)) yield "three deep";
  }
  for (const phases of Object.values(life.phases)) if (phases.includes("DYNAMIC_RUNNING")) yield "dynamic";
  for (const [id, node] of Object.entries(plan.workflow.nodes)) {
    const end = life.seen.nodes.get(id)?.end;
    if (node.gate && end) yield "gate";
    if (node.branch && end) yield "branch";
    if (verdict.stories.get(id)?.attempts.length === 0 && node.task?.metadata?.discoverable && end === "SUCCEEDED") yield "hit";
  }
  for (const [id, { end }] of life.seen.nodes) if (end === "RECOVERED") yield `takes over ${kindOf(id, plan)}`;
  if (life.most === plan.quota) yield "all tokens";
  if (life.seen.nodes.has("fn")) yield "failure node";
}

/**
 * Runs a suite for seeds `first` to `last`. The first complaint is shrunk, and thrown with the command that plays it again.
 */
export async function simulate(suite: Suite, reach: Reach, first: number, last: number): Promise<Counts> {
  let [lives, crashes, failures] = [0, 0, 0];
  const occurred: Record<string, number> = {};
  for (let seed = first; seed <= last; seed++) {
    for await (const one of suite.run(seed, reach)) {
      if (one.complaints.length > 0) throw new Error(await reportOf(suite, reach, seed, one));
      lives++;
      crashes += one.life.crashes;
      failures += one.life.failures;
      for (const name of new Set(occurrencesIn(one))) occurred[name] = (occurred[name] ?? 0) + 1;
    }
  }
  return { lives, crashes, failures, occurred };
}

async function reportOf(suite: Suite, reach: Reach, seed: number, one: Trial): Promise<string> {
  const small = await shrink(one);
  const { faults, mood, terminateAt, past } = small.fate;
  return [
    `seed ${seed}: ${one.complaints.slice(0, 20).join("\n  ")}`,
    `again: FLYTE_SIMULATION_REPLAY=${suite.name}/${reach}/${seed} npx vitest run --project simulation`,
    `shrunk to: ${JSON.stringify({ ...small.plan, faults: [...faults], mood, terminateAt, past })}`,
    `  ${small.complaints.slice(0, 20).join("\n  ")}`,
  ].join("\n");
}
