import { executionKey } from "../../idl/identifiers.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";

/** Tells who watches an execution that something new is committed. Carries no data: watchers read the rows. */
export interface WatchHub {
  /** Undefined when it is not known which: all watchers look. */
  publish(execution: WorkflowExecutionId | undefined): void;
  /** The returned function unsubscribes. */
  subscribe(execution: WorkflowExecutionId, listener: () => void): () => void;
}

/** A hub for one process; engine.ts has it told of what other processes on the same store commit. */
export function createWatchHub(): WatchHub {
  const listeners = new Map<string, Set<() => void>>();
  return {
    publish(execution) {
      const told = execution === undefined ? [...listeners.values()] : [listeners.get(executionKey(execution)) ?? []];
      for (const listener of told.flatMap((some) => [...some])) listener();
    },
    subscribe(execution, listener) {
      const key = executionKey(execution);
      const own = listeners.get(key) ?? new Set();
      listeners.set(key, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(key) === own) listeners.delete(key);
      };
    },
  };
}
