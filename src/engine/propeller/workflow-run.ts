import { canNodeGo, isNodeActive, isNodeCleaning, isNodeOver } from "./node-transition.ts";
import { canWorkflowGo } from "./workflow-transition.ts";
import { idOfKeyPart } from "./node-key.ts";
import { isTerminalNode, isTerminalTask } from "../../idl/phases.ts";
import { newWorkflowState, notYetStarted } from "./state.ts";
import { isAdmitted } from "./reservation-transition.ts";
import { nodeLayout } from "./layout.ts";
import { Scope, scopeKeyOf } from "./scope.ts";
import type { EngineSettings } from "../settings.ts";
import type { WorkflowSave, WorkflowSnapshot } from "../../ports/workflow-store.ts";
import type { LiteralMap } from "../../idl/types.ts";
import type { NodeState, WorkflowState } from "./state.ts";
import type { NodeHandler } from "./nodes/node-handler.ts";
import type { NodeStatePhase } from "./node-transition.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { PropellerDeps } from "./propeller-deps.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";
import type { WorkflowPhase } from "./workflow-transition.ts";

/** A process that has died may have told of the attempt. There is none where the workflow that a task made elsewhere is run instead. */
const mayBeTold = ({ task, dynamic }: NodeState): boolean =>
  task !== undefined && !task.reported && isAdmitted(task) && (dynamic === undefined || task.phase !== undefined);

/** The working copy of one workflow during its rounds: what was read, and what has changed since. */
export class WorkflowRun {
  readonly definition: WorkflowDefinition;
  /** What a kind of nodes does. */
  readonly handlerOf: (node: PlacedNode) => NodeHandler;
  readonly epoch: number;
  version: number;
  termination: string | undefined;
  /** The workflow's own graph. */
  readonly root: Scope;
  /** Files read in this round. */
  readonly files: Map<string, Promise<LiteralMap>> = new Map();
  /** Nodes whose new phase came of the time that has passed, or of what may change again: saved before anyone is told. */
  readonly unsettled: Set<PlacedNode> = new Set();
  /** Nodes begun after outcomes that are neither told nor saved yet: told of only in one commit with those. */
  readonly begun: Set<PlacedNode> = new Set();
  /** Elements of arrays that are being prepared, and count already. */
  readonly beginning: Set<PlacedNode> = new Set();
  /** Nodes that admin may be owed an event of: all that were read or have changed, until none is found due. */
  readonly untold: Set<PlacedNode> = new Set();
  /** By node that this process has begun: whether its inputs are durable. */
  readonly inputsSettled: Map<PlacedNode, Promise<void>> = new Map();
  #state: WorkflowState;
  readonly #nodes: Map<string, NodeState> = new Map();
  readonly #atWork: Set<PlacedNode> = new Set();
  readonly #changed: Set<PlacedNode> = new Set();
  /** What else is kept for scopes. */
  readonly #records: Map<string, string> = new Map();
  /** Keys of what is no longer kept, or has changed without being a node. */
  readonly #otherChanges: Set<string> = new Set();
  /** By key; those around a scope come before it. */
  readonly #scopes: Map<string, Scope> = new Map();
  readonly #scopesWithin: Map<PlacedNode, Scope[]> = new Map();
  /** Nodes that were read, but whose scopes are not open yet. */
  #unplaced: string[] = [];
  /** Attempts that another process has begun without saying that it has told of them. */
  readonly #perhapsTold: Set<string> = new Set();
  #toBeSavedFirst = 0;
  #stateChanged = false;

  constructor(
    definition: WorkflowDefinition,
    snapshot: WorkflowSnapshot,
    settings: EngineSettings,
    handlerOf: (node: PlacedNode) => NodeHandler,
  ) {
    this.definition = definition;
    this.handlerOf = handlerOf;
    this.epoch = snapshot.epoch;
    this.version = snapshot.version;
    this.termination = snapshot.termination;
    this.#state = snapshot.state === undefined ? newWorkflowState(snapshot.spec.createdAt) : (JSON.parse(snapshot.state) as WorkflowState);
    const { program } = definition;
    this.root = new Scope({
      program,
      graph: program.primary.graph,
      failureNode: program.primary.template.failureNode,
      place: (id) => nodeLayout(settings, definition.spec.id, id),
    });
    this.#scopes.set("", this.root);
    for (const [key, text] of snapshot.nodes) {
      if (key.includes("#")) {
        this.#records.set(key, text);
        continue;
      }
      const state = JSON.parse(text) as NodeState;
      this.#nodes.set(key, state);
      this.#unplaced.push(key);
      if (mayBeTold(state)) this.#perhapsTold.add(`${key}/${state.attempt}`);
    }
  }

  get state(): WorkflowState {
    return this.#state;
  }

  /** Opens the scopes of all nodes that were read, those around others first. Nothing else is asked of a run before. */
  async openScopes(deps: PropellerDeps): Promise<void> {
    const unplaced = this.#unplaced;
    for (const key of unplaced) {
      const scope = await this.#scopeOf(key.slice(0, key.lastIndexOf("/") + 1), deps);
      const node = scope?.own(idOfKeyPart(key.slice(key.lastIndexOf("/") + 1)));
      if (!node) continue;
      this.#place(node, this.node(node));
      const { phase, dynamic, reported, array } = this.node(node);
      // A process that has died may have told as many events as it has elements: what comes next is none of them.
      if (array && !isTerminalTask(array.told) && node.node.arrayNode?.node?.taskNode != null) {
        this.patchNode(node, { array: { ...array, version: array.version + array.size + 1 } });
        this.#toBeSavedFirst++;
      }
      // Admin is to be told of it, though nothing in it is run.
      if (phase === "RECOVERED" && dynamic && !isTerminalNode(reported)) await this.openScope(deps, node, 0);
      if (isTold(node)) this.untold.add(node);
    }
    this.#unplaced = [];
  }

  async #scopeOf(key: string, deps: PropellerDeps): Promise<Scope | undefined> {
    const known = this.#scopes.get(key);
    if (known) return known;
    const [, outer, part, attempt] = /^(.*\/)?([^/]*)\/(\d+)\/$/.exec(key) ?? [];
    const node = (await this.#scopeOf(outer ?? "", deps))?.own(idOfKeyPart(part ?? ""));
    return node && this.openScope(deps, node, Number(attempt));
  }

  /** The scope within an attempt of a node, made if need be. RangeError for nodes that hold none. */
  async openScope(deps: PropellerDeps, node: PlacedNode, attempt: number): Promise<Scope> {
    const scope = this.#scopes.get(scopeKeyOf(node, attempt)) ?? (await this.handlerOf(node).open?.(this, deps, node, attempt));
    if (!scope) throw new RangeError(`node [${node.key}] holds no graph`);
    if (!this.#scopes.has(scope.key)) {
      this.#scopes.set(scope.key, scope);
      this.#scopesWithin.set(node, [...this.scopesWithin(node), scope]);
    }
    return scope;
  }

  /** Whether admin may know of a node's present attempt: it was told, or a process that told of it has died before it could say so. */
  isPerhapsTold(node: PlacedNode): boolean {
    const { task, attempt } = this.node(node);
    return task !== undefined && (task.reported || this.#perhapsTold.has(`${node.key}/${attempt}`));
  }

  /** All scopes, those around others first. */
  get scopes(): Iterable<Scope> {
    return this.#scopes.values();
  }

  /** Of the attempts of a node that had any. */
  scopesWithin(node: PlacedNode): readonly Scope[] {
    return this.#scopesWithin.get(node) ?? [];
  }

  /** Of the present attempt of a node, if it is open. */
  scopeWithin(node: PlacedNode): Scope | undefined {
    return this.#scopes.get(scopeKeyOf(node, this.node(node).attempt));
  }

  /** Changes what is kept of the workflow, but not its phase. */
  patchState(patch: Partial<Omit<WorkflowState, "phase" | "since">>): void {
    this.#state = { ...this.#state, ...patch };
    this.#stateChanged = true;
  }

  /** RangeError for a transition that workflows do not make. */
  enterPhase(phase: WorkflowPhase, at: number, patch: Partial<WorkflowState> = {}): void {
    if (!canWorkflowGo(this.#state.phase, phase)) throw new RangeError(`a workflow cannot go from ${this.#state.phase} to ${phase}`);
    this.#state = { ...this.#state, ...patch, phase, since: at };
    this.#stateChanged = true;
  }

  node(node: PlacedNode): NodeState {
    return this.#nodes.get(node.key) ?? notYetStarted;
  }

  /** Nodes of all scopes in active phases, or to be cleaned up. */
  nodesAtWork(): PlacedNode[] {
    return [...this.#atWork];
  }

  patchNode(node: PlacedNode, patch: Partial<Omit<NodeState, "phase" | "since">>): void {
    this.#change(node, { ...this.node(node), ...patch });
  }

  /** RangeError for a transition that nodes do not make. */
  enterNodePhase(node: PlacedNode, phase: NodeStatePhase, at: number, patch: Partial<NodeState> = {}): void {
    const state = this.node(node);
    if (!canNodeGo(state.phase, phase)) throw new RangeError(`node [${node.key}] cannot go from ${state.phase} to ${phase}`);
    this.#change(node, { ...state, ...patch, phase, since: at });
    if (state.phase === "NOT_YET_STARTED" && !node.element && !(node.kind === "start" && node.scope === this.root)) this.begun.add(node);
    if (state.phase === "NOT_YET_STARTED" && isTold(node)) this.#toBeSavedFirst++;
  }

  /** Nothing is kept of a node any more: another one stands for it. */
  forget(node: PlacedNode): void {
    this.#nodes.delete(node.key);
    this.#otherChanges.add(node.key);
    for (const nodes of [this.#atWork, node.scope.atWork, this.#changed, this.untold, this.unsettled]) nodes.delete(node);
  }

  /** A record kept for a scope, whose key begins its own; what follows begins with a `#`, which no node's id does. */
  record(key: string): string | undefined {
    return this.#records.get(key);
  }

  keepRecord(key: string, text: string): void {
    this.#records.set(key, text);
    this.#otherChanges.add(key);
  }

  forgetRecords(prefix: string): void {
    for (const key of this.#records.keys()) {
      if (!key.startsWith(prefix)) continue;
      this.#records.delete(key);
      this.#otherChanges.add(key);
    }
  }

  #change(node: PlacedNode, state: NodeState): void {
    const before = this.node(node).phase;
    this.#nodes.set(node.key, state);
    this.#place(node, state);
    if (state.phase !== before && (state.phase === "SUCCEEDING" || isNodeOver(state.phase))) {
      for (const after of node.downstream) after.scope.candidates.add(after);
    }
    this.#changed.add(node);
    this.#otherChanges.delete(node.key);
    if (isTold(node)) this.untold.add(node);
  }

  #place(node: PlacedNode, { phase }: NodeState): void {
    if ((phase === "FAILED" || phase === "TIMED_OUT") && node !== node.scope.failureNode) node.scope.hasFailure = true;
    const isAtWork = isNodeActive(phase) || isNodeCleaning(phase);
    for (const nodes of [this.#atWork, node.scope.atWork]) {
      if (isAtWork) nodes.add(node);
      else nodes.delete(node);
    }
  }

  /** Takes a node to the end that was decided before its clean-up. */
  finishCleaning(node: PlacedNode): void {
    const { phase, since } = this.node(node);
    if (phase === "SUCCEEDING") this.enterNodePhase(node, "SUCCEEDED", since);
    else if (phase === "FAILING") this.enterNodePhase(node, "FAILED", since);
    else if (phase === "TIMING_OUT") this.enterNodePhase(node, "TIMED_OUT", since);
    else if (phase === "ABORTING") this.enterNodePhase(node, "ABORTED", since);
  }

  /** Leaves unbegun what was begun after outcomes that turn out otherwise. */
  forgetBegun(): void {
    for (const node of this.begun) {
      this.#nodes.delete(node.key);
      node.scope.candidates.add(node);
      for (const nodes of [this.#atWork, node.scope.atWork, this.#changed, this.untold]) nodes.delete(node);
    }
    this.begun.clear();
  }

  /** How many nodes have changed since the last save so that who tells of them first, and dies, has told of what nobody knows of. */
  get toBeSavedFirst(): number {
    return this.#toBeSavedFirst;
  }

  get isChanged(): boolean {
    return this.#stateChanged || this.#changed.size > 0 || this.#otherChanges.size > 0;
  }

  /** All that has changed since what was read or saved last. */
  save(completed: boolean): WorkflowSave {
    const nodes = new Map<string, string | undefined>();
    for (const key of this.#otherChanges) nodes.set(key, this.#records.get(key));
    for (const node of this.#changed) nodes.set(node.key, JSON.stringify(this.node(node)));
    return {
      id: this.definition.spec.id,
      expected: { version: this.version, epoch: this.epoch },
      delta: { state: JSON.stringify(this.#state), nodes, completed },
    };
  }

  /** The delta is durable. */
  saved(): void {
    this.version++;
    this.#changed.clear();
    this.#otherChanges.clear();
    this.#stateChanged = false;
    this.unsettled.clear();
    this.begun.clear();
    this.#toBeSavedFirst = 0;
  }
}

/** Of most elements their array tells. */
const isTold = ({ element }: PlacedNode): boolean => element?.isTold ?? true;
