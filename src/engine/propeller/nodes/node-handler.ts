import type { AttemptState, NodeState } from "../state.ts";
import type { PlacedNode } from "../placed-node.ts";
import type { PropellerDeps, RoundDeps } from "../propeller-deps.ts";
import type { Scope } from "../scope.ts";
import type { TaskExecutionEvent } from "../../../idl/types.ts";
import type { WorkflowRun } from "../workflow-run.ts";

/** What a kind of nodes does. Nodes that hold a graph have `open` and `advance`; those that ask something outside have `handle`. */
export interface NodeHandler {
  /** Its nodes at work count against the execution's parallelism. */
  readonly isCounted: boolean;
  /** Admin is to know the node before it is asked: what it starts refers to that, or changes what is told. */
  isAskedOnceReported?(state: NodeState): boolean;
  /** A node that may start: its inputs are written, and it is queued, or done at once. Starts nothing. */
  prepare(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode): Promise<void>;
  /** The graph within an attempt; the same whenever it is asked for. */
  open?(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, attempt: number): Promise<Scope>;
  /** Of a kind whose nodes may turn out to hold a graph: this one does. It does not count then, and is advanced. */
  holdsGraph?(state: NodeState): boolean;
  /**
   * Brings a node under way as far as the state of what is within it says; only with `mayEnd` does it end. Starts nothing.
   * Resolves to whether anything has changed.
   */
  advance?(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, mayEnd: boolean): Promise<boolean>;
  /** Asks how an attempt is, and lets the node follow. Returns the task events that are due. */
  handle?(run: WorkflowRun, deps: RoundDeps, node: PlacedNode): Promise<readonly TaskExecutionEvent[]>;
  /** Cleans up after an attempt whose outcome is saved. The node is at its end then, or ready for its next attempt. */
  clean?(run: WorkflowRun, deps: RoundDeps, node: PlacedNode): Promise<void>;
  /** What is fresh in a node's next attempt, once the last one is cleaned up; undefined while it is not. */
  retry?(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode): Partial<NodeState> | undefined;
  /** What an attempt that is aborted leaves besides its phase. */
  abortAttempt?(task: AttemptState, reason: string, now: number): AttemptState;
  /** What an attempt waits for, when that changes how it is asked; part of what is asked once a round. */
  stageOf?(state: NodeState): string;
  /** Nothing is to be done for an attempt until somebody names its node: it runs, or waits, and its time has not come. */
  isLeftAlone?(node: PlacedNode, state: NodeState, now: number): boolean;
  /** When time alone changes something, besides the deadlines. */
  nextLook?(node: PlacedNode, state: NodeState, run: WorkflowRun): number | undefined;
}
