import { canNodeGo, isNodeActive, isNodeCleaning, isNodeOver } from "./node-transition.ts";
import { canWorkflowGo } from "./workflow-transition.ts";
import { newWorkflowState, notYetStarted } from "./state.ts";
import { startNodeId } from "./node-ids.ts";
import type { WorkflowSave, WorkflowSnapshot } from "../../ports/workflow-store.ts";
import type { LiteralMap } from "../../idl/types.ts";
import type { NodeState, WorkflowState } from "./state.ts";
import type { NodeStatePhase } from "./node-transition.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";
import type { WorkflowPhase } from "./workflow-transition.ts";

/** The working copy of one workflow during its rounds: what was read, and what has changed since. */
export class WorkflowRun {
  readonly definition: WorkflowDefinition;
  readonly epoch: number;
  version: number;
  termination: string | undefined;
  /** Files read in this round. */
  readonly files: Map<string, Promise<LiteralMap>> = new Map();
  /** Nodes whose new phase came of the time that has passed: saved before anyone is told. */
  readonly unsettled: Set<string> = new Set();
  /** Nodes begun after outcomes that are neither told nor saved yet: told of only in one commit with those. */
  readonly begun: Set<string> = new Set();
  /** Nodes that admin may be owed an event of: all that were read or have changed, until none is found due. */
  readonly untold: Set<string>;
  /** Nodes that may have become ready: all at first, later those after a node that has succeeded or ended. */
  readonly candidates: Set<string>;
  /** Some node has failed or timed out. */
  hasFailure = false;
  #state: WorkflowState;
  readonly #nodes: Map<string, NodeState> = new Map();
  readonly #atWork: Set<string> = new Set();
  readonly #changed: Set<string> = new Set();
  #stateChanged = false;

  constructor(definition: WorkflowDefinition, snapshot: WorkflowSnapshot) {
    this.definition = definition;
    this.epoch = snapshot.epoch;
    this.version = snapshot.version;
    this.termination = snapshot.termination;
    this.#state = snapshot.state === undefined ? newWorkflowState(snapshot.spec.createdAt) : (JSON.parse(snapshot.state) as WorkflowState);
    for (const [id, text] of snapshot.nodes) this.#put(id, JSON.parse(text) as NodeState);
    this.untold = new Set(this.#nodes.keys());
    this.candidates = new Set(definition.graph.byId.keys());
  }

  get state(): WorkflowState {
    return this.#state;
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

  node(id: string): NodeState {
    return this.#nodes.get(id) ?? notYetStarted;
  }

  /** Ids of nodes in active phases, or to be cleaned up. */
  nodesAtWork(): string[] {
    return [...this.#atWork];
  }

  patchNode(id: string, patch: Partial<Omit<NodeState, "phase" | "since">>): void {
    this.#change(id, { ...this.node(id), ...patch });
  }

  /** RangeError for a transition that nodes do not make. */
  enterNodePhase(id: string, phase: NodeStatePhase, at: number, patch: Partial<NodeState> = {}): void {
    const node = this.node(id);
    if (!canNodeGo(node.phase, phase)) throw new RangeError(`node [${id}] cannot go from ${node.phase} to ${phase}`);
    this.#change(id, { ...node, ...patch, phase, since: at });
    if (node.phase === "NOT_YET_STARTED" && id !== startNodeId) this.begun.add(id);
  }

  #change(id: string, state: NodeState): void {
    const before = this.node(id).phase;
    this.#put(id, state);
    if (state.phase !== before && (state.phase === "SUCCEEDING" || isNodeOver(state.phase))) {
      for (const after of this.definition.graph.byId.get(id)?.downstream ?? []) this.candidates.add(after);
    }
    this.#changed.add(id);
    this.untold.add(id);
  }

  #put(id: string, state: NodeState): void {
    this.#nodes.set(id, state);
    if (state.phase === "FAILED" || state.phase === "TIMED_OUT") this.hasFailure = true;
    if (isNodeActive(state.phase) || isNodeCleaning(state.phase)) this.#atWork.add(id);
    else this.#atWork.delete(id);
  }

  /** Takes a node to the end that was decided before its clean-up. */
  finishCleaning(id: string): void {
    const { phase, since } = this.node(id);
    if (phase === "SUCCEEDING") this.enterNodePhase(id, "SUCCEEDED", since);
    else if (phase === "FAILING") this.enterNodePhase(id, "FAILED", since);
    else if (phase === "TIMING_OUT") this.enterNodePhase(id, "TIMED_OUT", since);
    else if (phase === "ABORTING") this.enterNodePhase(id, "ABORTED", since);
  }

  /** Leaves unbegun what was begun after outcomes that turn out otherwise. */
  forgetBegun(): void {
    for (const id of this.begun) {
      this.#nodes.delete(id);
      this.candidates.add(id);
      for (const ids of [this.#atWork, this.#changed, this.untold]) ids.delete(id);
    }
    this.begun.clear();
  }

  get isChanged(): boolean {
    return this.#stateChanged || this.#changed.size > 0;
  }

  /** All that has changed since what was read or saved last. */
  save(completed: boolean): WorkflowSave {
    const nodes = new Map<string, string>();
    for (const id of this.#changed) nodes.set(id, JSON.stringify(this.node(id)));
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
    this.#stateChanged = false;
    this.unsettled.clear();
    this.begun.clear();
  }
}
