import type { WorkflowExecutionId } from "../idl/identifiers.ts";

/** A pool of tokens, of which an attempt needs one before it begins. */
export interface ResourcePool {
  /** Unique to the pool: a plugin and what it calls it. */
  readonly namespace: string;
  /** Tokens there are. */
  readonly quota: number;
  /** That one project may have at a time, and one domain of a project; any number when absent. */
  readonly perProject?: number;
  readonly perDomain?: number;
}

/** Who has a token, or waits for one: an attempt. */
export interface TokenHolder {
  readonly execution: WorkflowExecutionId;
  /** Of the attempt's id: who is woken. */
  readonly nodeId: string;
  /** Unique within the execution. */
  readonly token: string;
}

/**
 * Tokens of pools, which outlive every process. Flyte: task/resourcemanager, but that nobody is given one beyond a quota, and
 * that who waits is served in order, and woken.
 */
export interface ResourceManager {
  /** True when the holder has a token, durably; otherwise it waits for one, and is woken once it has it. Asking again changes nothing. */
  allocate(pool: ResourcePool, holder: TokenHolder): Promise<boolean>;
  /** Gives the token back, or the place among those who wait; nothing when there is neither. */
  release(pool: ResourcePool, holder: TokenHolder): Promise<void>;
}
