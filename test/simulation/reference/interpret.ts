import { armTaken } from "./arms.ts";
import { childExecutionName, uniqueElementId, uniqueNodeId } from "../../../src/idl/names.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { fromDuration } from "../../../src/idl/time.ts";
import { inputsFrom, namesIn, NotThere } from "./bindings.ts";
import { liveAttempts } from "./attempts.ts";
import type { AttemptEnd, Budget } from "./attempts.ts";
import type { Binding, CompiledWorkflow, LiteralMap, TaskTemplate, WorkflowNode } from "../../../src/idl/types.ts";
import type { Act, End, Failure, Past, Script, Story, Verdict } from "./story.ts";

interface Program {
  readonly tasks: ReadonlyMap<string, TaskTemplate>;
  readonly workflows: ReadonlyMap<string, CompiledWorkflow>;
}

interface Graph {
  readonly program: Program;
  readonly nodes: readonly WorkflowNode[];
  readonly outputs: readonly Binding[];
  readonly connections?: CompiledWorkflow["connections"];
  readonly failureNode?: WorkflowNode | null | undefined;
}

/** Where a graph is: in one attempt of a node, with what has surely happened before it begins. */
interface Place {
  readonly parent?: { readonly uniqueId: string; readonly attempt: number };
  readonly past: ReadonlySet<string>;
}

/** What becomes of a node and of all that is within it. */
interface Ended {
  readonly end: End;
  readonly failures: readonly Failure[];
  readonly outputs: LiteralMap | undefined;
  readonly stories: readonly Story[];
}

interface GraphEnded extends Ended {
  readonly failing: readonly string[];
}

/** One attempt of a node that holds others. */
interface Composite {
  readonly ended: AttemptEnd<LiteralMap | undefined>;
  readonly stories: readonly Story[];
}

/** What becomes of a plan depends on which of two things comes first, and the ends are not alike. */
export class Ambiguous extends Error {}

const timeoutInNode: Failure = { code: "Timeout", message: "Timeout in node", kind: "USER" };
const nothing: Past = { node: () => undefined, element: () => undefined, hasMade: () => false };
const none = { scalar: { noneType: {} } };
const key = (id: flyteidl.core.Identifier.$Properties | null | undefined): string =>
  `${id?.project}:${id?.domain}:${id?.name}:${id?.version}`;

const cut = (stories: readonly Story[]): Story[] => stories.map((story) => ({ ...story, isCut: true }));

/** What had not ended by itself is stopped. */
const stopped = (stories: readonly Story[]): Story[] =>
  stories.map((story) =>
    story.end === "HANGS"
      ? { ...story, end: "ABORTED", attempts: story.attempts.map((each) => (each === "HANGS" ? "ABORTED" : each)) }
      : story,
  );

/** Flyte's rules, followed one after the other by plain recursion: no state is kept, no time passes, nothing is done at once. */
class Interpreter {
  readonly #script: Script;
  readonly #execution: string;
  readonly #failsAtOnce: boolean;
  readonly #past: Past;
  /** Nodes that have made outputs of a cached task. */
  readonly #cached = new Map<string, string[]>();
  readonly #shared = new Set<string>();

  constructor(script: Script, execution: string, failsAtOnce: boolean, past: Past) {
    this.#past = past;
    this.#script = script;
    this.#execution = execution;
    this.#failsAtOnce = failsAtOnce;
  }

  graph(graph: Graph, inputs: LiteralMap | undefined, place: Place, outer?: (id: string) => Ended | undefined): GraphEnded {
    const ends = new Map<string, Ended>();
    const pasts = new Map<string, ReadonlySet<string>>();
    const unique = (id: string): string => uniqueNodeId(id, place.parent);
    const story = (id: string, end: End): Story => ({ id: unique(id), end, attempts: [], isCut: false, mayHit: false });
    ends.set("start-node", {
      end: "SUCCEEDED",
      failures: [],
      outputs: inputs ?? { literals: {} },
      stories: [story("start-node", "SUCCEEDED")],
    });
    pasts.set("start-node", place.past);
    const upstream = new Map<string, readonly string[]>();
    const own = graph.nodes.filter(({ id }) => id !== "start-node" && id !== "end-node");
    for (const node of own) {
      const names = [...(node.upstreamNodeIds ?? []), ...(node.inputs ?? []).flatMap(({ binding }) => namesIn(binding))];
      const all = new Set([...names, ...(graph.connections?.upstream?.[node.id ?? ""]?.ids ?? [])]);
      upstream.set(node.id ?? "", all.size === 0 ? ["start-node"] : [...all]);
    }
    const awaited = new Set([...upstream.values()].flat());
    const last = own.map(({ id }) => id ?? "").filter((id) => !awaited.has(id));
    upstream.set("end-node", [...new Set([...last, ...graph.outputs.flatMap(({ binding }) => namesIn(binding))])]);
    if (upstream.get("end-node")?.length === 0) upstream.set("end-node", ["start-node"]);
    const endOf = (id: string): Ended | undefined => ends.get(id) ?? outer?.(id);

    const live = (id: string, run: (past: ReadonlySet<string>) => Ended): void => {
      const before = upstream.get(id) ?? [];
      for (const from of before) visit(from);
      const past = new Set([...place.past, ...before.flatMap((from) => [...(pasts.get(from) ?? []), ...this.#finished(ends.get(from))])]);
      pasts.set(id, past);
      const phases = before.map((from) => ends.get(from)?.end ?? "SUCCEEDED");
      if (phases.some((end) => end === "HANGS" || end === "NEVER"))
        ends.set(id, { end: "NEVER", failures: [], outputs: undefined, stories: [] });
      else if (phases.some((end) => end !== "SUCCEEDED"))
        ends.set(id, { end: "SKIPPED", failures: [], outputs: undefined, stories: [story(id, "SKIPPED")] });
      else ends.set(id, run(past));
    };
    const visit = (id: string): void => {
      const node = own.find((each) => each.id === id);
      if (!ends.has(id) && node) live(id, (past) => this.node(graph, node, { ...place, past }, endOf));
    };
    for (const node of own) visit(node.id ?? "");
    live("end-node", () => {
      try {
        const outputs = graph.outputs.length === 0 ? undefined : inputsFrom(graph.outputs, (id) => endOf(id)?.outputs);
        return { end: "SUCCEEDED", failures: [], outputs, stories: [story("end-node", "SUCCEEDED")] };
      } catch (thrown) {
        return this.#unbound(unique("end-node"), thrown);
      }
    });
    return this.#endOfGraph(graph, place, upstream, ends, endOf);
  }

  #finished(ended: Ended | undefined): string[] {
    return (ended?.stories ?? []).filter(({ end }) => end === "SUCCEEDED").map(({ id }) => id);
  }

  #unbound(id: string, thrown: unknown): Ended {
    if (!(thrown instanceof NotThere)) throw thrown;
    const failures: Failure[] = [{ code: "BindingResolutionFailure", message: undefined, kind: "SYSTEM" }];
    return { end: "FAILED", failures, outputs: undefined, stories: [{ id, end: "FAILED", attempts: [], isCut: false, mayHit: false }] };
  }

  #endOfGraph(
    graph: Graph,
    place: Place,
    upstream: ReadonlyMap<string, readonly string[]>,
    ends: ReadonlyMap<string, Ended>,
    endOf: (id: string) => Ended | undefined,
  ): GraphEnded {
    const failed = [...ends].filter(([, { end }]) => end === "FAILED" || end === "TIMED_OUT");
    const hangs = [...ends.values()].some(({ end }) => end === "HANGS");
    const all = [...ends.values()].flatMap(({ stories }) => stories);
    const failing = failed.map(([id]) => uniqueNodeId(id, place.parent));
    if (failed.length === 0 || (hangs && !this.#failsAtOnce)) {
      const { end, outputs } = ends.get("end-node") ?? { end: "NEVER", outputs: undefined };
      return { end: hangs || end === "NEVER" ? "HANGS" : "SUCCEEDED", failures: [], failing: [], outputs, stories: all };
    }
    const failuresOf = ({ end, failures }: Ended): readonly Failure[] => (end === "TIMED_OUT" ? [timeoutInNode] : failures);
    if (!this.#failsAtOnce) {
      const failures = this.#lastOf("start-node", upstream, ends, failuresOf) ?? [];
      return this.#handled(graph, place, { end: "FAILED", failures, failing, outputs: undefined, stories: all }, endOf);
    }
    // Whichever fails first counts; all that is before it has happened, and of the rest anything may have.
    const before = (id: string): string[] => [id, ...(upstream.get(id) ?? []).flatMap(before)];
    const sure = failed.map(([id]) => new Set(before(id))).reduce((a, b) => a.intersection(b));
    const stories = [...ends].flatMap(([id, ended]) => (sure.has(id) ? ended.stories : cut(ended.stories)));
    const failures = failed.flatMap(([, ended]) => failuresOf(ended));
    return this.#handled(graph, place, { end: "FAILED", failures, failing, outputs: undefined, stories: stopped(stories) }, endOf);
  }

  /** The failure that is seen last by who walks the graph from its start, and from each node to those after it by their names. */
  #lastOf(
    id: string,
    upstream: ReadonlyMap<string, readonly string[]>,
    ends: ReadonlyMap<string, Ended>,
    failuresOf: (ended: Ended) => readonly Failure[],
  ): readonly Failure[] | undefined {
    const ended = ends.get(id);
    if (ended && (ended.end === "FAILED" || ended.end === "TIMED_OUT")) return failuresOf(ended);
    const after = [...upstream]
      .filter(([, from]) => from.includes(id))
      .map(([to]) => to)
      .sort();
    return after.map((to) => this.#lastOf(to, upstream, ends, failuresOf)).findLast((each) => each !== undefined);
  }

  /** The failure node runs when all else has ended; only its own failure outranks what it was called for. */
  #handled(graph: Graph, place: Place, failed: GraphEnded, endOf: (id: string) => Ended | undefined): GraphEnded {
    const { failureNode } = graph;
    if (failureNode == null) return failed;
    const ended = this.node(graph, failureNode, place, endOf);
    const stories = [...failed.stories, ...ended.stories];
    if (ended.end === "HANGS") return { ...failed, end: "HANGS", stories };
    const timedOut: Failure = { code: "TimedOut", message: "FailureNode Timed-out", kind: "USER" };
    const failures = ended.end === "FAILED" ? ended.failures : ended.end === "TIMED_OUT" ? [timedOut] : failed.failures;
    return { ...failed, failures, failing: ended.end === "SUCCEEDED" ? failed.failing : [], stories };
  }

  node({ program }: Graph, node: WorkflowNode, place: Place, endOf: (id: string) => Ended | undefined): Ended {
    const id = uniqueNodeId(node.id ?? "", place.parent);
    const past = this.#past.node(id);
    if (past) return { ...this.#told(id, { end: "RECOVERED", given: past.outputs }, [], []), end: "SUCCEEDED" };
    let inputs: LiteralMap;
    try {
      inputs = inputsFrom(node.inputs, (from) => endOf(from)?.outputs);
    } catch (thrown) {
      return this.#unbound(id, thrown);
    }
    if (node.gateNode != null) return this.#gate(id, node, inputs);
    if (node.branchNode != null) {
      return this.#composite(id, node, program, (attempt) =>
        this.#branch(program, node, inputs, { ...place, parent: { uniqueId: id, attempt } }, endOf),
      );
    }
    if (node.arrayNode != null)
      return this.#composite(id, node, program, (attempt) => this.#array(program, node, inputs, id, attempt, place));
    if (node.workflowNode?.launchplanRef != null) return this.#composite(id, node, program, (attempt) => this.#launch(id, inputs, attempt));
    if (node.workflowNode?.subWorkflowRef != null) {
      return this.#composite(id, node, program, (attempt, past) =>
        this.#workflow(program, node, inputs, { parent: { uniqueId: id, attempt }, past: new Set([...place.past, ...past]) }),
      );
    }
    return this.#task(program, node, inputs, id, place.past);
  }

  #budget(node: WorkflowNode, program: Program): Budget {
    const ofTask = program.tasks.get(key(node.taskNode?.referenceId))?.metadata?.retries?.retries ?? 0;
    return {
      attempts: (node.metadata?.retries?.retries || ofTask) + 1,
      systemRetries: 3,
      timeout: fromDuration(node.metadata?.timeout) ?? 0,
    };
  }

  /** What holds others is tried again only when its time is up, or its attempt says so. */
  #composite(
    id: string,
    node: WorkflowNode,
    program: Program,
    attemptOf: (attempt: number, past: readonly string[]) => Composite,
    isElement = false,
  ): Ended {
    const stories: Story[] = [];
    const ended = liveAttempts({ ...this.#budget(node, program), isElement }, (attempt) => {
      const earlier = stories.splice(0);
      const past = earlier.filter(({ end }) => end === "SUCCEEDED").map((story) => story.id);
      const one = attemptOf(attempt, past);
      stories.push(...stopped(earlier), ...one.stories);
      return one.ended;
    });
    const all = ended.end === "HANGS" ? stories : stopped(stories);
    return this.#told(id, ended, [], all);
  }

  #told(
    id: string,
    ended: { readonly end: End; readonly failures?: readonly Failure[]; readonly given?: LiteralMap | undefined },
    attempts: readonly string[],
    within: readonly Story[],
    mayHit = false,
  ): Ended {
    const story: Story = { id, end: ended.end, attempts, isCut: false, mayHit };
    return { end: ended.end, failures: ended.failures ?? [], outputs: ended.given, stories: [story, ...within] };
  }

  #workflow(program: Program, node: WorkflowNode, inputs: LiteralMap, place: Place): Composite {
    const workflow = program.workflows.get(key(node.workflowNode?.subWorkflowRef));
    const graph = graphOf(program, workflow ?? {});
    const { end, failures, outputs, stories } = this.graph(graph, inputs, place);
    if (end === "HANGS") return { ended: { end }, stories };
    if (end === "FAILED") return { ended: { end, isFinal: true, failures }, stories };
    if (graph.outputs.length > 0 && outputs === undefined) {
      const failure: Failure = { code: "SubWorkflowExecutionFailed", message: undefined, kind: "SYSTEM" };
      return { ended: { end: "FAILED", isFinal: true, failures: [failure] }, stories };
    }
    return { ended: { end: "SUCCEEDED", given: outputs }, stories };
  }

  #branch(program: Program, node: WorkflowNode, inputs: LiteralMap, place: Place, endOf: (id: string) => Ended | undefined): Composite {
    const arm = armTaken(node, inputs);
    if ("code" in arm) return { ended: { end: "FAILED", isFinal: true, failures: [arm] }, stories: [] };
    const taken = arm as WorkflowNode;
    const before = [...(taken.upstreamNodeIds ?? []), ...(taken.inputs ?? []).flatMap(({ binding }) => namesIn(binding))];
    const phases = before.map((from) => endOf(from)?.end ?? "SUCCEEDED");
    if (phases.some((end) => end === "HANGS" || end === "NEVER")) return { ended: { end: "HANGS" }, stories: [] };
    if (phases.some((end) => end !== "SUCCEEDED")) {
      const skipped: Story = { id: uniqueNodeId(taken.id ?? "", place.parent), end: "SKIPPED", attempts: [], isCut: false, mayHit: false };
      return { ended: { end: "SUCCEEDED", given: undefined }, stories: [skipped] };
    }
    const { end, failures, outputs, stories } = this.node({ program, nodes: [], outputs: [] }, taken, place, endOf);
    if (end === "HANGS") return { ended: { end }, stories };
    if (end === "SUCCEEDED") return { ended: { end, given: outputs }, stories };
    // Flyte waits for ever for an arm whose time is up; here the branch fails with it.
    return { ended: { end: "FAILED", isFinal: true, failures: end === "TIMED_OUT" ? [timeoutInNode] : failures }, stories };
  }

  #gate(id: string, { gateNode, metadata }: WorkflowNode, inputs: LiteralMap): Ended {
    const timeout = fromDuration(metadata?.timeout) ?? 0;
    const { approve, signal } = gateNode ?? {};
    if (approve == null && signal == null) return this.#told(id, { end: "SUCCEEDED" }, [], []);
    const value = this.#script.signal(approve?.signalId ?? signal?.signalId ?? "");
    if (value === undefined)
      return this.#told(
        id,
        liveAttempts({ attempts: (metadata?.retries?.retries ?? 0) + 1, systemRetries: 3, timeout }, () => ({ end: "HANGS" })),
        [],
        [],
      );
    if (signal != null)
      return this.#told(id, { end: "SUCCEEDED", given: { literals: { [signal.outputVariableName ?? ""]: value } } }, [], []);
    if (value.scalar?.primitive?.boolean === true) return this.#told(id, { end: "SUCCEEDED", given: inputs }, [], []);
    const message = "received a reject signal to disapprove the node input values";
    return this.#told(id, { end: "FAILED", failures: [{ code: "ReceivedRejectSignal", message, kind: "USER" }] }, [], []);
  }

  #launch(id: string, inputs: LiteralMap, attempt: number): Composite {
    const name = childExecutionName(this.#execution, id, attempt);
    const child = this.#script.child(name);
    const story = (end: End): Story => ({ id: `child ${name}`, end, attempts: [], isCut: false, mayHit: false });
    switch (child.end) {
      case "SUCCEEDED":
        return { ended: { end: "SUCCEEDED", given: this.#script.outputs(inputs) }, stories: [story("SUCCEEDED")] };
      case "FAILED":
        return { ended: { end: "FAILED", isFinal: true, failures: [child.failure] }, stories: [story("FAILED")] };
      case "ABORTED": {
        const failure: Failure = { code: "RemoteChildWorkflowExecutionFailed", message: undefined, kind: "USER" };
        return { ended: { end: "FAILED", isFinal: true, failures: [failure] }, stories: [story("ABORTED")] };
      }
      case "HANGS":
        return { ended: { end: "HANGS" }, stories: [story("HANGS")] };
    }
  }

  #array(program: Program, { arrayNode }: WorkflowNode, inputs: LiteralMap, id: string, attempt: number, place: Place): Composite {
    const inner = arrayNode?.node ?? {};
    const bound = new Set(arrayNode?.boundInputs ?? []);
    const lists = Object.entries(inputs.literals ?? {}).filter(([name, value]) => value.collection != null && !bound.has(name));
    const sizes = new Set(lists.map(([, value]) => value.collection?.literals?.length ?? 0));
    if (sizes.size > 1) {
      const failure: Failure = { code: "InvalidArrayLength", message: undefined, kind: "USER" };
      return { ended: { end: "FAILED", isFinal: true, failures: [failure] }, stories: [] };
    }
    const [size = 1] = sizes;
    const elements = Array.from({ length: size }, (_, index) => {
      const literals = { ...inputs.literals };
      for (const [name, value] of lists) literals[name] = value.collection?.literals?.[index] ?? none;
      const unique = uniqueElementId({ uniqueId: id, attempt }, index);
      if (inner.workflowNode != null) return this.#launchingElement(program, inner, { literals }, unique);
      // With one file for all of them, tasks are given that, and take what is theirs.
      const isSingle = arrayNode?.dataMode !== flyteidl.core.ArrayNode.DataMode.INDIVIDUAL_INPUT_FILES;
      const file = isSingle ? inputs : { literals };
      const name = `${id}[${index}]`;
      const taken = attempt === 0 ? this.#past.element(name) : undefined;
      if (taken) return this.#told(name, { end: "SUCCEEDED", given: this.#script.outputs(file) }, taken, []);
      const ended = this.#task(program, inner, { literals }, unique, place.past, { file });
      // An element is only known by its attempts.
      const stories = ended.stories.map((story): Story => ({
        ...story,
        end: story.end === "TIMED_OUT" ? "FAILED" : story.end,
        id: name,
      }));
      return { ...ended, stories };
    });
    const stories = elements.flatMap((each) => each.stories);
    const failed = elements.filter(({ end }) => end === "FAILED" || end === "TIMED_OUT");
    const ratio = arrayNode?.minSuccessRatio;
    const fewest = arrayNode?.minSuccesses ?? (ratio == null ? size : Math.ceil(Math.fround(ratio) * size));
    if (size - failed.length < fewest) {
      const summary: Failure = { code: "", message: undefined, kind: "UNKNOWN" };
      const unknown: Failure = { code: "ArrayNodeFailing", message: "Unknown reason", kind: "UNKNOWN" };
      const ends = new Set(failed.map(({ end }) => end));
      const failures = [...(ends.has("FAILED") ? [summary] : []), ...(ends.has("TIMED_OUT") ? [unknown] : [])];
      return { ended: { end: "FAILED", isFinal: true, failures }, stories: stopped(cut(stories)) };
    }
    if (elements.some(({ end }) => end === "HANGS")) return { ended: { end: "HANGS" }, stories };
    const launched = inner.workflowNode?.launchplanRef?.name;
    const { interface: ofTask } = program.tasks.get(key(inner.taskNode?.referenceId)) ?? {};
    const names = launched == null ? Object.keys(ofTask?.outputs?.variables ?? {}) : this.#script.outputsOfLaunchPlan(launched);
    const lone = (name: string) => elements.map(({ end, outputs }) => (end === "SUCCEEDED" ? (outputs?.literals?.[name] ?? none) : none));
    const given = { literals: Object.fromEntries(names.map((name) => [name, { collection: { literals: lone(name) } }])) };
    return { ended: { end: "SUCCEEDED", given }, stories };
  }

  /** A node of its own, that nothing bounds but the time of each attempt. */
  #launchingElement(program: Program, node: WorkflowNode, inputs: LiteralMap, id: string): Ended {
    const past = this.#past.node(id);
    if (past) return { ...this.#told(id, { end: "RECOVERED", given: past.outputs }, [], []), end: "SUCCEEDED" };
    return this.#composite(id, node, program, (attempt) => this.#launch(id, inputs, attempt), true);
  }

  #task(
    program: Program,
    node: WorkflowNode,
    inputs: LiteralMap,
    id: string,
    past: ReadonlySet<string>,
    element?: { readonly file: LiteralMap },
  ): Ended {
    const template = program.tasks.get(key(node.taskNode?.referenceId)) ?? {};
    const cacheKey = template.metadata?.discoverable
      ? `${key(template.id)} ${template.metadata.discoveryVersion} ${JSON.stringify(inputs)}`
      : undefined;
    const makers = cacheKey === undefined ? [] : (this.#cached.get(cacheKey) ?? []);
    const attempts: string[] = [];
    const stories: Story[] = [];
    const ended = liveAttempts<LiteralMap | undefined>({ ...this.#budget(node, program), isElement: element !== undefined }, (attempt) => {
      // What it has made there is run again, and not the task.
      const isResumed = attempt === 0 && this.#past.hasMade(id);
      const act: Act = isResumed ? { does: "SUCCEED" } : this.#script.act(id, attempt);
      const failed = (failure: Failure, isFinal: boolean): AttemptEnd<never> => ({ end: "FAILED", isFinal, failures: [failure] });
      switch (act.does) {
        case "HANG":
          attempts.push("HANGS");
          return { end: "HANGS" };
        case "FAIL":
          attempts.push("FAILED");
          return failed(act.failure, !act.retryable);
        case "LEAVE_NOTHING":
          attempts.push("FAILED");
          return failed({ code: "OutputsNotFound", message: undefined, kind: "SYSTEM" }, false);
        case "SUCCEED":
          if (!isResumed) attempts.push("SUCCEEDED");
      }
      const futures = this.#script.futures(template.id?.name ?? "");
      if (!futures) return { end: "SUCCEEDED", given: this.#script.outputs(element?.file ?? inputs) };
      const earlier = stories.splice(0);
      const made = this.#made(program, futures, {
        parent: { uniqueId: id, attempt },
        past: new Set([...past, ...earlier.map((each) => each.id)]),
      });
      stories.push(...stopped(earlier), ...made.stories);
      return made.ended;
    });
    const told = ended.end === "HANGS" ? attempts : attempts.map((each) => (each === "HANGS" ? "FAILED" : each));
    const within = ended.end === "HANGS" ? stories : stopped(stories);
    if (cacheKey === undefined) return this.#told(id, ended, told, within);
    // What was made before is given; what is made meanwhile may be.
    const isHit = makers.some((maker) => past.has(maker));
    if (isHit && ended.end === "SUCCEEDED") return this.#told(id, ended, [], []);
    for (const shared of makers.length === 0 ? [] : [id, ...makers]) this.#shared.add(shared);
    if (ended.end === "SUCCEEDED") this.#cached.set(cacheKey, [...makers, id]);
    return this.#told(id, ended, told, within);
  }

  /** The workflow that a task has made; its failure node is not run. */
  #made(around: Program, futures: Uint8Array, place: Place): Composite {
    const spec = flyteidl.core.DynamicJobSpec.decode(futures);
    const program: Program = {
      tasks: new Map([...around.tasks, ...(spec.tasks ?? []).map((each) => [key(each.id), each] as const)]),
      workflows: new Map([
        ...around.workflows,
        ...(spec.subworkflows ?? []).map((template): [string, CompiledWorkflow] => [key(template.id), { template }]),
      ]),
    };
    const graph: Graph = { program, nodes: spec.nodes ?? [], outputs: spec.outputs ?? [] };
    const { end, failures, outputs, stories } = this.graph(graph, undefined, place);
    if (end === "HANGS") return { ended: { end }, stories };
    if (end === "SUCCEEDED") return { ended: { end, given: outputs }, stories };
    // Of a time-out the reason is lost on the way, and the task may try again.
    const again: Failure = { code: "DynamicNodeFailing", message: "Dynamic workflow failed", kind: "UNKNOWN" };
    const timeouts = failures.filter((each) => each === timeoutInNode).length;
    if (timeouts > 0 && timeouts < failures.length) throw new Ambiguous("a task may try again what another failure ends");
    return {
      ended: timeouts > 0 ? { end: "FAILED", isFinal: false, failures: [again] } : { end: "FAILED", isFinal: true, failures },
      stories,
    };
  }

  isShared(id: string): boolean {
    return this.#shared.has(id);
  }
}

function graphOf(program: Program, { template, connections }: CompiledWorkflow): Graph {
  const { nodes, outputs, failureNode } = template ?? {};
  return { program, nodes: nodes ?? [], outputs: outputs ?? [], connections: connections ?? null, failureNode };
}

/** What may become of an execution, called `execution`, of a compiled workflow. `past`: of the one that it recovers. */
export function interpret(closure: Uint8Array, inputs: LiteralMap, script: Script, execution: string, past: Past = nothing): Verdict {
  const { primary, tasks, subWorkflows } = flyteidl.core.CompiledWorkflowClosure.decode(closure);
  const program: Program = {
    tasks: new Map((tasks ?? []).map(({ template }) => [key(template?.id), template ?? {}])),
    workflows: new Map((subWorkflows ?? []).map((each) => [key(each.template?.id), each])),
  };
  const policy = primary?.template?.metadata?.onFailure ?? 0;
  const failsAtOnce = policy === flyteidl.core.WorkflowMetadata.OnFailurePolicy.FAIL_IMMEDIATELY;
  const interpreter = new Interpreter(script, execution, failsAtOnce, past);
  const { end, outputs, failures, failing, stories } = interpreter.graph(graphOf(program, primary ?? {}), inputs, { past: new Set() });
  const told = stories.map((story): [string, Story] => [story.id, { ...story, mayHit: interpreter.isShared(story.id) }]);
  return {
    phase: end === "SUCCEEDED" ? "SUCCEEDED" : end === "FAILED" ? "FAILED" : "HANGS",
    outputs: end === "SUCCEEDED" ? outputs : undefined,
    failures,
    failing,
    stories: new Map(told),
  };
}
