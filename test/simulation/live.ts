import { addOne, dataOf, executionId, specOf } from "../integration/propeller/workflow-of.ts";
import { Bench, type Reach } from "../integration/propeller/bench.ts";
import { Crashes, type Fault } from "../support/crashes.ts";
import { dice, type Dice } from "./dice.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { observe } from "./observe.ts";
import { taskPhaseOf } from "../../src/idl/phases.ts";
import { wrongRows } from "./admin-rows.ts";
import type { CatalogKey } from "../../src/ports/catalog.ts";
import type { Plan } from "./plan.ts";
import type { ResourcePool } from "../../src/ports/resource-manager.ts";
import type { PropellerDeps } from "../../src/engine/propeller/propeller-deps.ts";
import type { Seen } from "./reference/judge.ts";
import type { StatusError } from "../../src/idl/status.ts";

/** A life that has not ended by then never will. */
const mostTurns = 1000;

export interface Life {
  readonly seen: Seen;
  /** Why it never ended. */
  readonly unended: string | undefined;
  readonly phases: Record<string, string[]>;
  readonly attempts: readonly string[];
  /** That were under way at a time. */
  readonly most: number;
  readonly effects: number;
  readonly crashes: number;
  readonly failures: number;
  readonly violations: readonly string[];
}

export interface Fate {
  readonly reach: Reach;
  /** Numbers of effects, and what goes wrong there. */
  readonly faults: ReadonlyMap<number, Fault>;
  /** The turn in which it is terminated. */
  readonly terminateAt?: number;
  /** Of the order and the times in which the world moves on; without one all of it moves at once. */
  readonly mood?: number;
  /** What is recovered is terminated in this turn, if ever. */
  readonly past?: { readonly terminateAt?: number };
}

/** An execution that has not begun, and what will go wrong. */
interface Opened {
  readonly bench: Bench;
  readonly crashes: Crashes;
}

const poolOf = (quota: number): ResourcePool => ({ namespace: "scripted", quota });

/** Over gRPC a batch of events is an effect each: propeller may be gone in the midst of it. */
export function faultsIn(crashes: Crashes, reach: Reach): (deps: PropellerDeps) => PropellerDeps {
  return (deps) => {
    const guarded = crashes.process(deps);
    if (reach !== "GRPC") return guarded;
    const record: PropellerDeps["events"]["record"] = async (events) => {
      const outcomes: (StatusError | undefined)[] = [];
      for (const event of events) outcomes.push(...(await guarded.events.record([event])));
      return outcomes;
    };
    return { ...guarded, events: { record } };
  };
}

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

const isToldAgain = (subject: string): boolean => subject === "workflow" || subject.includes("/");

/** One execution and the world around it, which goes on whatever becomes of propeller. */
class World {
  readonly bench: Bench;
  readonly #plan: Plan;
  readonly #roll: Dice | undefined;
  readonly #ages = new Map<string, number>();

  constructor(bench: Bench, plan: Plan, mood: number | undefined) {
    this.bench = bench;
    this.#plan = plan;
    this.#roll = mood === undefined ? undefined : dice(mood);
  }

  /** One time in `many`, where the world has moods. */
  #chance(many: number): boolean {
    return this.#roll?.(many) === 0;
  }

  /** Lets child executions go on by a turn: those that end wake their parent, if it listens. */
  ageChildren(): void {
    const { children: model, workflows } = this.bench;
    for (const [name, child] of model.children) {
      const { turns, phase, error } = this.#plan.children[name] ?? { turns: Infinity, phase: "SUCCEEDED" };
      const age = this.#ages.get(name) ?? 0;
      this.#ages.set(name, age + 1);
      if (child.phase === "ABORTING") child.phase = "ABORTED";
      else if (child.phase === "UNDEFINED" && age >= turns)
        model.end(name, phase, { outputs: addOne("", child.request.inputs ?? {}), ...(error && { error }) });
      else continue;
      // The news may come late, and twice.
      if (this.#chance(4)) continue;
      for (let times = this.#chance(4) ? 2 : 1; times > 0; times--)
        workflows.wake(executionId, child.request.spec?.metadata?.parentNodeExecution?.nodeId ?? "");
    }
  }

  setSignals(): void {
    for (const [id, boolean] of Object.entries(this.#plan.signals)) this.bench.signals.set(id, { scalar: { primitive: { boolean } } });
  }

  /** Attempts take a step, and time passes: in pieces, as reservations are to be extended. */
  async goOn(): Promise<void> {
    const { bench } = this;
    const attempts = bench.world.unfinished.map(({ context }) => context.id.node.nodeId);
    const some = attempts.filter(() => !this.#chance(3));
    if (attempts.length > 0 && some.length > 0) await bench.step(...some);
    else {
      bench.propeller.wake(executionId);
      await bench.propeller.idle();
    }
    if (this.#chance(5)) bench.propeller.wake(executionId, some[0]);
    for (let piece = 0; piece < 8; piece++) await bench.advance(5_000);
    // Nothing happens any more before somebody's time is up.
    const mayEnd = [...bench.children.children].some(([name, { phase }]) => phase === "UNDEFINED" && this.#plan.children[name]);
    const wait = bench.world.unfinished.length === 0 && !mayEnd ? (bench.clock.nextTimer() ?? 0) - bench.clock.now() : 0;
    if (wait > 100_000 && wait < 3_000_000) await bench.advance(wait);
  }
}

const int = { type: { simple: flyteidl.core.SimpleType.INTEGER } };

/** `recovers`: what is over, and taken over from. */
export async function openLife(plan: Plan, { reach, faults }: Fate, recovers?: Bench): Promise<Opened> {
  const crashes = new Crashes(faults);
  const bench = await Bench.open(plan.workflow, {
    steps: plan.steps,
    oneAtATime: plan.oneAtATime ?? false,
    ...(plan.quota !== undefined && { pool: poolOf(plan.quota) }),
    reach,
    wrap: faultsIn(crashes, reach),
    settings: { maxRoundFailures: 1000 },
    catalog: "ours",
    ...(recovers && { recovers }),
  });
  bench.launchPlans.set("lp", { expectedInputs: { parameters: {} }, expectedOutputs: { variables: { o: int } } });
  return { bench, crashes };
}

export async function live(plan: Plan, fate: Fate, recovers?: Bench): Promise<Life> {
  const opened = await openLife(plan, fate, recovers);
  await using _bench = opened.bench;
  return await liveIn(opened, plan, fate);
}

/** Lives one execution to its end, reviving propeller after each crash. */
export async function liveIn({ bench, crashes }: Opened, plan: Plan, { terminateAt = -1, mood }: Fate): Promise<Life> {
  const world = new World(bench, plan, mood);
  const reservations = reservationsOf(bench);
  const tokens = tokensAskedOf(bench);
  let started = false;
  const turn = async (): Promise<void> => {
    if (!started) {
      started = true;
      await bench.propeller.start();
    }
    await bench.propeller.idle();
    if (await bench.isOver) return;
    world.ageChildren();
    await world.goOn();
  };
  let turns = 0;
  for (; turns < mostTurns; turns++) {
    if (turns === 2) world.setSignals();
    if (turns === terminateAt) await bench.workflows.terminate(executionId, "enough");
    await Promise.race([turn(), crashes.death]);
    if (crashes.isDead) {
      world.ageChildren();
      bench.replacePropeller();
      started = false;
    } else if (await bench.isOver) {
      break;
    }
  }
  // The judge's own questions make effects, too.
  crashes.cease();
  const { admin } = bench;
  // Of lives with faults: there batches are told again, and cut short.
  const rows = mood === undefined || turns === mostTurns ? [] : await wrongRows(bench, dice(mood + 1));
  const outputs = bench.literals(`${dataOf("end-node")}/0/outputs.pb`);
  return {
    seen: observe(admin, bench.children, outputs),
    unended: turns < mostTurns ? undefined : `it never ended: ${admin.order.join(", ")} ${bench.logged.slice(0, 3).join("; ")}`,
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
    attempts: [...bench.world.attempts.keys(), ...[...bench.children.children].map(([name, { phase }]) => `${name} ${phase}`)].sort(),
    most: bench.world.most,
    effects: crashes.effects,
    crashes: crashes.crashes,
    failures: crashes.failures,
    violations: [
      ...bench.world.violations,
      ...admin.violations,
      ...leaksOf(bench),
      ...(await reservations.left()),
      ...(plan.quota === undefined ? [] : await tokensLeft(bench, tokens, plan.quota)),
      ...afterTheEnd(bench),
      ...beforeItsTime(bench),
      ...rows,
    ],
  };
}

/** Who asks for reservations, and has not given up what it asked for: those that are kept expire, before anybody sees them. */
function reservationsOf({ catalog }: Bench): { left(): Promise<string[]> } {
  const [reserve, release] = [catalog.reserve.bind(catalog), catalog.release.bind(catalog)];
  const asked = new Set<string>();
  const keys: CatalogKey[] = [];
  catalog.reserve = (key, ownerId, ...rest) => {
    asked.add(ownerId);
    keys.push(key);
    return reserve(key, ownerId, ...rest);
  };
  catalog.release = async (key, ownerId) => {
    await release(key, ownerId);
    asked.delete(ownerId);
  };
  return {
    async left() {
      const left = [...asked].map((owner) => `${owner} has not given its reservation up`);
      for (const key of keys) {
        const { ownerId } = await reserve(key, "judge", undefined);
        if (ownerId !== "judge") left.push(`${ownerId} still has a reservation`);
      }
      return left;
    },
  };
}

function leaksOf({ world, children }: Bench): string[] {
  const left = [...world.attempts.values()]
    .filter((attempt) => attempt.finalized === 0)
    .map((attempt) => `${attempt.name} was not finalized`);
  for (const [name, child] of children.children) {
    if (["UNDEFINED", "RUNNING"].includes(child.phase)) left.push(`${name} goes on without its parent`);
    if (child.terminated.length > 1) left.push(`${name} was terminated ${child.terminated.length} times`);
  }
  return left;
}

/** Who has asked for a token and has not given it back. */
function tokensAskedOf({ resources }: Bench): ReadonlySet<string> {
  const { allocate, release } = resources;
  const asked = new Set<string>();
  resources.allocate = (pool, holder) => {
    asked.add(holder.token);
    return allocate(pool, holder);
  };
  resources.release = async (pool, holder) => {
    await release(pool, holder);
    asked.delete(holder.token);
  };
  return asked;
}

/** Whoever still held or awaited a token would have it, or come before those who ask now. */
async function tokensLeft(bench: Bench, asked: ReadonlySet<string>, quota: number): Promise<string[]> {
  const left = [...asked].map((token) => `${token} has not given its token back`);
  const others = { project: "judge", domain: "d", name: "e" };
  await bench.workflows.create({ ...specOf({ nodes: {} }), id: others });
  for (let token = 0; token < quota; token++) {
    const holder = { execution: others, nodeId: "n", token: String(token) };
    if (!(await bench.resources.allocate(poolOf(quota), holder))) left.push(`a token is held by nobody: ${token} of ${quota} are left`);
  }
  return left;
}

const ends = /^(SUCCEEDED|FAILED|ABORTED|SKIPPED|TIMED_OUT|RECOVERED)$/;

function afterTheEnd({ admin }: Bench): string[] {
  const ended = new Set<string>();
  return admin.seen.flatMap(({ subject, phase }) => {
    if (ended.has(subject)) return [`${subject} ${phase} after its end`];
    if (ends.test(phase)) ended.add(subject);
    return [];
  });
}

/** Failure nodes that begin while something beside them goes on. */
function beforeItsTime({ admin }: Bench): string[] {
  const underWay = new Map<string, string>();
  const begun = new Set<string>();
  return admin.seen.flatMap(({ subject, phase, event }) => {
    if (event.level !== "node") return [];
    const { specNodeId, parentNodeMetadata, retryGroup } = event.event;
    const place = `${parentNodeMetadata?.nodeId} ${retryGroup}`;
    const beside = specNodeId === "fn" && !begun.has(subject) ? [...underWay].filter(([, each]) => each === place) : [];
    begun.add(subject);
    if (ends.test(phase)) underWay.delete(subject);
    else underWay.set(subject, place);
    return beside.map(([other]) => `${subject} begins while ${other} goes on`);
  });
}
