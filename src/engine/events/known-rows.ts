import { executionKey } from "../../idl/identifiers.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { RowsInMemory } from "./execution-rows.ts";

/** Rows of an execution as they were at a sequence of it. `key` tells it from another of the same name. */
export interface KnownExecution {
  readonly key: number;
  readonly sequence: number;
  readonly rows: RowsInMemory;
}

/** Executions, nodes and attempts, together; one whose closure is long counts as several. */
const mostRows = 20_000;

/**
 * Rows that this process has committed, so that they need not be read for the next event. They are the present ones as long as the
 * execution's sequence is what it was: whoever changes a node's or an attempt's row raises that in the same transaction.
 */
export class KnownRows {
  readonly #known = new Map<string, { readonly execution: KnownExecution; readonly size: number }>();
  #size = 0;

  /** Hands them over: they are changed in a transaction, which may be undone. */
  take(id: WorkflowExecutionId): KnownExecution | undefined {
    return this.#drop(executionKey(id));
  }

  /** To be called with what is committed; those not used for longest are dropped when there are too many. */
  keep(id: WorkflowExecutionId, execution: KnownExecution): void {
    const text = executionKey(id);
    this.#drop(text);
    const size = 1 + execution.rows.size;
    this.#known.set(text, { execution, size });
    this.#size += size;
    for (const oldest of this.#known.keys()) {
      if (this.#size <= mostRows) break;
      this.#drop(oldest);
    }
  }

  #drop(text: string): KnownExecution | undefined {
    const known = this.#known.get(text);
    if (!known) return undefined;
    this.#known.delete(text);
    this.#size -= known.size;
    return known.execution;
  }
}
