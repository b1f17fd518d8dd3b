import Long from "long";
import { condition, promise } from "../integration/propeller/workflow-of.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { toDuration } from "../../src/idl/time.ts";
import { childExecutionName, uniqueElementId, uniqueNodeId } from "../../src/idl/names.ts";
import type { Dice } from "./dice.ts";
import type { NodeOf, WorkflowOf } from "../integration/propeller/workflow-of.ts";
import type { ChildPlan, Plan } from "./plan.ts";
import type { Step } from "../support/scripted-plugin.ts";

const good: readonly (readonly Step[])[] = [
  ["QUEUED", "RUNNING", "SUCCESS"],
  ["RUNNING", "SUCCESS"],
  ["SUCCESS"],
  ["WAITING_FOR_RESOURCES", "QUEUED", "INITIALIZING", "RUNNING", "SUCCESS"],
];
const hung: readonly Step[] = ["RUNNING"];
const lost: Step = { phase: "RETRYABLE_FAILURE", error: { code: "Lost", message: "its machine is gone", kind: "SYSTEM" } };

/**
 * Crashes cost turns, and so time: what is tried again when its time is up has enough of it for all that does end, however often
 * propeller has to begin anew.
 */
const longTimeout = toDuration(2_000_000);
const number = (value: number) => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });

const int = { type: { simple: flyteidl.core.SimpleType.INTEGER } };
const ints = (names: readonly string[]) => ({
  inputs: { variables: Object.fromEntries(names.map((name) => [name, int])) },
  outputs: { variables: { o: int } },
});

const list = { type: { collectionType: int.type } };
const lists = (bound: readonly string[]) => ({
  inputs: { variables: { ...ints(bound).inputs.variables, list } },
  outputs: { variables: { o: list } },
});

type Inputs = NonNullable<NodeOf["inputs"]>;

/** Where nodes are: in an attempt of a node. */
interface Place {
  readonly parent?: { readonly uniqueId: string; readonly attempt: number };
  /** How much deeper it may go. */
  readonly depth: number;
  /** In a workflow that a task makes: the compiler sees to it that types fit. */
  readonly isMade?: boolean;
}

/** Makes a plan of what its dice say; each node's outcome follows from the plan alone, whatever happens first. */
export class PlanMaker {
  readonly steps: Plan["steps"] = {};
  readonly children: Plan["children"] = {};
  /** Something never ends by itself. */
  holdsOut = false;
  readonly #roll: Dice;

  constructor(roll: Dice) {
    this.#roll = roll;
  }

  #chance(oneOf: number): boolean {
    return this.#roll(oneOf) === 0;
  }

  #well(): readonly Step[] {
    return good[this.#roll(good.length)] ?? ["SUCCESS"];
  }

  /** Attempts of which the last ends well, or for good one time in `failing`, and how many retries are declared. */
  #attempts(failing: number): { readonly attempts: (readonly Step[])[]; readonly retries: number } {
    const attempts: (readonly Step[])[] = [];
    while (attempts.length < 3 && this.#chance(4)) {
      const kind = this.#roll(6);
      if (kind < 3) attempts.push(["RUNNING", "RETRYABLE_FAILURE"]);
      else if (kind < 5) attempts.push(["RUNNING", lost]);
      else attempts.push(["RUNNING", { phase: "SUCCESS", leaves: "NOTHING" }]);
    }
    // The system's budget, used up.
    if (this.#chance(40)) attempts.push([lost], [lost], [lost], [lost]);
    attempts.push(this.#chance(failing) ? ["RUNNING", "PERMANENT_FAILURE"] : this.#well());
    return { attempts, retries: this.#roll(3) };
  }

  #cached(inputs: Inputs): Pick<NodeOf, "task"> {
    const metadata = { discoverable: true, discoveryVersion: "1", cacheSerializable: this.#chance(2) };
    return this.#chance(3) ? { task: { metadata, interface: ints(Object.keys(inputs)) } } : {};
  }

  #task(id: string, inputs: Inputs, place: Place): NodeOf {
    const unique = uniqueNodeId(id, place.parent);
    const { attempts, retries } = this.#attempts(16);
    this.steps[unique] = attempts;
    const inTask = this.#chance(4);
    const metadata = { name: id, retries: { retries: inTask ? 0 : retries }, ...(this.#chance(3) && { interruptible: true }) };
    const cached = this.#cached(inputs);
    const task = inTask ? { task: { ...cached.task, metadata: { ...cached.task?.metadata, retries: { retries } } } } : cached;
    return { inputs, metadata, ...task };
  }

  /** All of its attempts take all of their time, or the first does. */
  #slowTask(id: string, inputs: Inputs, place: Place): NodeOf {
    const isLong = this.#chance(2);
    this.steps[uniqueNodeId(id, place.parent)] = isLong ? [hung, this.#well()] : [hung];
    const timeout = isLong ? longTimeout : toDuration(300_000);
    if (isLong) this.holdsOut = true;
    return { inputs, metadata: { name: id, timeout, retries: { retries: isLong ? 1 : this.#roll(3) } } };
  }

  /** Two nodes one after the other, and perhaps one for when they fail. `isLong`: the second never ends. */
  #inner(within: { readonly uniqueId: string; readonly attempt: number }, place: Place, isLong = false): WorkflowOf {
    const depth = isLong ? 0 : place.depth - 1;
    return this.#twoNodes(within, { ...place, parent: within, depth }, isLong);
  }

  #twoNodes(within: { readonly uniqueId: string; readonly attempt: number }, place: Place, isLong: boolean): WorkflowOf {
    const { depth, isMade } = place;
    const a = this.#task("a", {}, place);
    const inputs = { x: promise("a") };
    const b = isLong ? { inputs } : depth > 0 && this.#chance(2) ? this.node("b", inputs, place, true) : this.#task("b", inputs, place);
    if (isLong) this.steps[uniqueNodeId("b", within)] = [["RUNNING"]];
    const nodes: Record<string, NodeOf> = { a, b };
    if (isMade && depth > 0 && this.#chance(2)) nodes["c"] = this.#array("c", inputs, place);
    // Beside the others: there is something to abort when they fail.
    if (!isMade && depth >= 0 && this.#chance(3)) {
      nodes["c"] = this.#task("c", {}, place);
      const isLost = ["a", "b"].some((id) => this.steps[uniqueNodeId(id, within)]?.at(-1)?.includes("PERMANENT_FAILURE"));
      // It would never end unless it is aborted.
      if (isLost && this.#chance(2)) this.steps[uniqueNodeId("c", within)] = [hung];
    }
    return { nodes, outputs: { o: promise("b") }, ...(!isMade && this.#chance(2) && { failureNode: {} }) };
  }

  #workflow(id: string, inputs: Inputs, place: Place): NodeOf {
    const uniqueId = uniqueNodeId(id, place.parent);
    if (!this.#chance(4)) return { inputs, workflow: this.#inner({ uniqueId, attempt: 0 }, place) };
    // Its time runs out, and all of it begins anew.
    this.holdsOut = true;
    const workflow = this.#inner({ uniqueId, attempt: 0 }, place, true);
    return { inputs, workflow, metadata: { name: id, timeout: longTimeout, retries: { retries: this.#roll(2) } } };
  }

  /** The attempt that ends well makes a workflow. */
  #dynamic(id: string, inputs: Inputs, place: Place): NodeOf {
    const uniqueId = uniqueNodeId(id, place.parent);
    const node = this.#task(id, inputs, place);
    const attempts = this.steps[uniqueId] ?? [];
    if (!this.#chance(4)) return { ...node, makes: this.#inner({ uniqueId, attempt: attempts.length - 1 }, { ...place, isMade: true }) };
    this.holdsOut = true;
    this.steps[uniqueId] = [this.#well()];
    const makes = this.#inner({ uniqueId, attempt: 0 }, { ...place, isMade: true }, true);
    return { inputs, makes, metadata: { name: id, timeout: longTimeout, retries: { retries: this.#roll(2) } } };
  }

  /** Up to three arms: a task, a workflow, and perhaps none that fits. */
  #branch(id: string, inputs: Inputs, place: Place): NodeOf {
    const parent = { uniqueId: uniqueNodeId(id, place.parent), attempt: 0 };
    const within: Place = { parent, depth: place.depth - 1 };
    const kind = this.#roll(4);
    const arm = this.#task(`${id}-then`, inputs, within);
    const otherwise = this.#workflow(`${id}-else`, {}, within);
    return {
      inputs: { ...inputs, v: number(this.#roll(3)) },
      branch: {
        when: condition("v", "EQ", 1),
        arm,
        ...(this.#chance(2) && { other: { when: condition("v", "GT", 1), arm: this.#task(`${id}-other`, inputs, within) } }),
        ...(kind > 0 ? { else: otherwise } : this.#chance(2) ? { error: "nothing fits" } : {}),
      },
    };
  }

  /** A task for each of up to five elements, of which one or another fails, and perhaps may. */
  #array(id: string, inputs: Inputs, place: Place): NodeOf {
    const uniqueId = uniqueNodeId(id, place.parent);
    const values = Array.from({ length: this.#roll(6) }, (_, index) => number(index));
    for (const index of values.keys()) this.steps[`${uniqueId}-0-n${index}`] = this.#attempts(14).attempts;
    const isTimed = this.#chance(5);
    if (isTimed && values.length > 0) this.steps[`${uniqueId}-0-n0`] = [hung];
    const kind = this.#roll(3);
    return {
      inputs: { ...inputs, list: { collection: { bindings: values } } },
      array: {
        metadata: { name: "element", retries: { retries: 1 }, ...(isTimed && { timeout: longTimeout }) },
        boundInputs: Object.keys(inputs),
        dataMode: this.#roll(2),
        ...(this.#chance(2) && { parallelism: 1 + this.#roll(2) }),
        ...(kind === 1 && { minSuccessRatio: [0.5, 0.6][this.#roll(2)] ?? 1 }),
        ...(kind === 2 && { minSuccesses: this.#roll(values.length + 1) }),
      },
      task: { ...this.#cached({}).task, interface: lists(Object.keys(inputs)) },
    };
  }

  /** What becomes of the child of an attempt. */
  #childOf(unique: string, attempt: number, phase: ChildPlan["phase"]): void {
    const { USER, SYSTEM } = flyteidl.core.ExecutionError.ErrorKind;
    const error = { code: "ChildBoom", message: "the child broke", kind: this.#chance(2) ? USER : SYSTEM };
    const hasError = phase === "FAILED" && this.#chance(2);
    this.children[childExecutionName("ex", unique, attempt)] = { turns: this.#roll(4), phase, ...(hasError && { error }) };
  }

  #launch(id: string, inputs: Inputs, place: Place): NodeOf {
    const unique = uniqueNodeId(id, place.parent);
    if (this.#chance(4)) {
      // The first goes on for ever, and is followed by another.
      this.holdsOut = true;
      this.#childOf(unique, 1, "SUCCEEDED");
      return { inputs, launches: "lp", metadata: { name: id, timeout: longTimeout, retries: { retries: 1 } } };
    }
    this.#childOf(unique, 0, this.#chance(8) ? "FAILED" : this.#chance(20) ? "ABORTED" : "SUCCEEDED");
    return { inputs, launches: "lp" };
  }

  /** An execution for each of up to four elements, of which one or another fails, and perhaps may. */
  #launchingArray(id: string, inputs: Inputs, place: Place): NodeOf {
    const array = { uniqueId: uniqueNodeId(id, place.parent), attempt: 0 };
    const values = Array.from({ length: this.#roll(5) }, (_, index) => number(index));
    // The first child goes on for ever, and is followed by another, if its element may try again.
    const isTimed = values.length > 0 && this.#chance(5);
    if (isTimed) this.holdsOut = true;
    for (const index of values.keys()) {
      const phase = this.#chance(8) ? "FAILED" : this.#chance(20) ? "ABORTED" : "SUCCEEDED";
      this.#childOf(uniqueElementId(array, index), isTimed && index === 0 ? 1 : 0, phase);
    }
    const kind = this.#roll(3);
    return {
      launches: "lp",
      inputs: { ...inputs, list: { collection: { bindings: values } } },
      array: {
        metadata: { name: "element", ...(isTimed && { timeout: longTimeout, retries: { retries: this.#chance(4) ? 0 : 1 } }) },
        isOriginalSubNodeInterface: { value: true },
        boundInputs: Object.keys(inputs),
        dataMode: this.#roll(2),
        ...(this.#chance(2) && { parallelism: 1 + this.#roll(2) }),
        ...(kind === 1 && { minSuccessRatio: [0.5, 0.6][this.#roll(2)] ?? 1 }),
        ...(kind === 2 && { minSuccesses: this.#roll(values.length + 1) }),
      },
    };
  }

  #gate(place: Place): NodeOf {
    const kind = this.#roll(3);
    if (kind === 0) return { gate: { sleep: { duration: toDuration(7_000) } } };
    const { BOOLEAN } = flyteidl.core.SimpleType;
    if (kind === 1) return { gate: { approve: { signalId: place.depth > 1 && this.#chance(6) ? "no" : "go" } } };
    return { gate: { signal: { signalId: "go", type: { simple: BOOLEAN }, outputVariableName: "o" } } };
  }

  /** A node of any kind. `isOwed`: others take its output `o`. */
  node(id: string, inputs: Inputs, place: Place, isOwed: boolean): NodeOf {
    if (place.depth <= 0) return this.#task(id, inputs, place);
    const kind = this.#roll(15);
    if (place.isMade && ((kind >= 2 && kind < 8) || kind === 11)) return this.#task(id, inputs, place);
    switch (kind) {
      case 0:
      case 1:
        return this.#workflow(id, inputs, place);
      case 2:
        return this.#branch(id, inputs, place);
      case 3:
        return isOwed ? this.#task(id, inputs, place) : this.#gate(place);
      case 4:
      case 5:
        return this.#launch(id, inputs, place);
      case 6:
      case 7:
        return this.#array(id, inputs, place);
      case 8:
      case 9:
        return this.#dynamic(id, inputs, place);
      case 10:
        return this.#slowTask(id, inputs, place);
      case 11:
        return this.#launchingArray(id, inputs, place);
      default:
        return this.#task(id, inputs, place);
    }
  }

  plan(): Plan {
    const nodes: Record<string, NodeOf> = {};
    const count = 1 + this.#roll(5);
    for (let index = 0; index < count; index++) {
      const inputs: Record<string, ReturnType<typeof promise>> = {};
      const after: string[] = [];
      for (let from = 0; from < index; from++) {
        if (!this.#chance(3)) continue;
        // Now and then something is taken of what gives nothing.
        if (nodes[`n${from}`]?.gate && !this.#chance(5)) after.push(`n${from}`);
        else inputs[`x${from}`] = promise(`n${from}`);
      }
      const id = `n${index}`;
      nodes[id] = { ...this.node(id, inputs, { depth: 3 }, index === count - 1), after };
    }
    // Two nodes of one task, which is given the same, one after the other or at once.
    const shared = Object.keys(nodes).find((id) => this.#isShareable(id, nodes[id]));
    if (shared !== undefined && this.#chance(2)) this.#share(nodes, shared);
    return {
      workflow: {
        nodes,
        outputs: { r: promise(`n${count - 1}`) },
        onFailure: this.#chance(2) ? "FAIL_IMMEDIATELY" : "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE",
        ...(this.#chance(4) && { failureNode: {} }),
        // What never ends would keep the only place from another workflow until the time of both is up: which of them ends first
        // depends on the moment.
        spec: { maxParallelism: this.holdsOut ? 0 : this.#roll(3) },
      },
      steps: this.steps,
      children: this.children,
      signals: { go: true, no: false },
    };
  }

  #isShareable(id: string, node: NodeOf | undefined): boolean {
    if (!node?.task?.metadata?.discoverable || node.array || node.makes) return false;
    return (this.steps[id] ?? []).length === 1 && (this.steps[id]?.[0]?.at(-1) ?? "") === "SUCCESS";
  }

  #share(nodes: Record<string, NodeOf>, id: string): void {
    const referenceId = { resourceType: flyteidl.core.ResourceType.TASK, project: "p", domain: "d", name: `task-${id}`, version: "v" };
    const inputs = Object.entries(nodes[id]?.inputs ?? {}).map(([name, binding]) => ({ var: name, binding }));
    const upstreamNodeIds = this.#chance(2) ? [id] : [];
    // Perhaps it is given something else.
    if (this.#chance(2)) inputs.push({ var: "z", binding: number(7) });
    nodes["twin"] = { raw: { id: "twin", inputs, upstreamNodeIds, taskNode: { referenceId }, metadata: { name: "twin" } } };
    this.steps["twin"] = [this.#well()];
  }
}

/** A workflow of up to five nodes of any kinds, three deep. */
export const randomPlan = (roll: Dice): Plan => new PlanMaker(roll).plan();

/** One whose attempts need tokens. None hangs: it would keep its token from the others for as long, and their times would run out. */
export function scarcePlan(roll: Dice): Plan {
  for (;;) {
    const maker = new PlanMaker(roll);
    const plan = maker.plan();
    const hangs = Object.values(plan.steps).some((attempts) => attempts.includes(hung));
    if (!maker.holdsOut && !hangs) return { ...plan, quota: 1 + roll(3) };
  }
}

/** Nodes without edges that all make the same outputs of one task. */
export function serialPlan(roll: Dice): Plan {
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
  const workflow: WorkflowOf = { nodes, onFailure: "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE" };
  return { workflow, steps, children: {}, signals: {}, oneAtATime: true };
}
