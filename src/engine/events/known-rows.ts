import { executionKey } from "../../idl/identifiers.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { RowsInMemory } from "./execution-rows.ts";

/** Rows of an execution as they were at a sequence of it. `key` tells it from another of the same name. */
export interface KnownExecution {
  readonly key: number;
  readonly sequence: number;
  readonly rows: RowsInMemory;
}

/** Nodes and attempts, together. */
const mostRows = 20_000;

/**
 * Rows that this process has committed, so that they need not be read for the next event. They are the present ones as long as the
 * execution's sequence is what it was: whoever changes a node's or an attempt's row raises that in the same transaction.
 */
export class KnownRows {
  readonly #known = new Map<string, KnownExecution>();
  #size = 0;

  /** Hands them over: they are changed in a transaction, which may be undone. */
  take(id: WorkflowExecutionId): KnownExecution | undefined {
    const text = executionKey(id);
    const known = this.#known.get(text);
    if (!known) return undefined;
    this.#known.delete(text);
    this.#size -= known.rows.size;
    return known;
  }

  /** To be called with what is committed; those not used for longest are dropped when there are too many. */
  keep(id: WorkflowExecutionId, known: KnownExecution): void {
    this.take(id);
    this.#known.set(executionKey(id), known);
    this.#size += known.rows.size;
    for (const oldest of this.#known.values()) {
      if (this.#size <= mostRows) break;
      this.#known.delete(this.#known.keys().next().value ?? "");
      this.#size -= oldest.rows.size;
    }
  }
}
