import { executionKey } from "../../idl/identifiers.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";

/** Tells who watches an execution that something new is committed. Carries no data: watchers read the rows. */
export interface WatchHub {
  publish(execution: WorkflowExecutionId): void;
  /** The returned function unsubscribes. */
  subscribe(execution: WorkflowExecutionId, listener: () => void): () => void;
}

/** A hub for one process. */
export function createWatchHub(): WatchHub {
  const listeners = new Map<string, Set<() => void>>();
  return {
    publish(execution) {
      for (const listener of listeners.get(executionKey(execution)) ?? []) listener();
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
