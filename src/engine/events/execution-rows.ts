import type { NodeExecutionId, TaskExecutionId } from "../../idl/identifiers.ts";
import type { New, NodeExecutionRow, StateWriter, TaskExecutionRow } from "../../ports/state-store.ts";

interface Held<Row extends { readonly key: number }> {
  row: New<Row> | Row;
  /** Undefined for a row that is not in its table yet. */
  key: number | undefined;
  changed: boolean;
}

const nodeText = ({ nodeId }: NodeExecutionId): string => nodeId;
const taskText = ({ task, node, retryAttempt }: TaskExecutionId): string =>
  JSON.stringify([node.nodeId, task.project, task.domain, task.name, task.version, retryAttempt]);

/** Waits for all, so that none is left to run outside of its transaction, and rejects when one did. */
export async function allDone(queries: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(queries)) if (result.status === "rejected") throw result.reason;
}

/**
 * The node and task rows of one locked execution while a batch of events is applied to them: each is read once and written
 * once, however many events change it. Nothing is written before `flush`. What does not wait for an answer is asked and
 * written at once: a database over a network then takes it in one go.
 */
export class ExecutionRows {
  readonly #writer: StateWriter;
  /** Undefined for rows that are not there. */
  readonly #nodes = new Map<string, Held<NodeExecutionRow> | undefined>();
  readonly #tasks = new Map<string, Held<TaskExecutionRow> | undefined>();

  constructor(writer: StateWriter) {
    this.#writer = writer;
  }

  /** Reads rows ahead. What cannot be read fails when it is asked for. */
  async load(nodes: readonly NodeExecutionId[], tasks: readonly TaskExecutionId[]): Promise<void> {
    const nodesByText = new Map(nodes.map((id) => [nodeText(id), id]));
    const tasksByText = new Map(tasks.map((id) => [taskText(id), id]));
    await Promise.allSettled([
      ...[...nodesByText.values()].map((id) => this.#node(id)),
      ...[...tasksByText.values()].map((id) => this.#task(id)),
    ]);
  }

  async node(id: NodeExecutionId): Promise<New<NodeExecutionRow> | undefined> {
    return (await this.#node(id))?.row;
  }

  putNode(row: New<NodeExecutionRow>): void {
    put(this.#nodes, nodeText(row.id), row);
  }

  /** The key of a node's row, which is written for it when it is new; undefined when there is none. */
  async nodeKey(id: NodeExecutionId): Promise<number | undefined> {
    const held = await this.#node(id);
    if (held && held.key === undefined) await this.flush();
    return held?.key;
  }

  async task(id: TaskExecutionId): Promise<New<TaskExecutionRow> | undefined> {
    return (await this.#task(id))?.row;
  }

  putTask(row: New<TaskExecutionRow>): void {
    put(this.#tasks, taskText(row.id), row);
  }

  /** As nodeKey. */
  async taskKey(id: TaskExecutionId): Promise<number | undefined> {
    const held = await this.#task(id);
    if (held && held.key === undefined) await this.flush();
    return held?.key;
  }

  /** Writes what has changed. */
  async flush(): Promise<void> {
    await allDone([
      ...[...this.#nodes.values()].map((held) => write(this.#writer.nodeExecutions, held)),
      ...[...this.#tasks.values()].map((held) => write(this.#writer.taskExecutions, held)),
    ]);
  }

  async #node(id: NodeExecutionId): Promise<Held<NodeExecutionRow> | undefined> {
    const text = nodeText(id);
    return this.#nodes.has(text) ? this.#nodes.get(text) : hold(this.#nodes, text, await this.#writer.nodeExecutions.get(id));
  }

  async #task(id: TaskExecutionId): Promise<Held<TaskExecutionRow> | undefined> {
    const text = taskText(id);
    return this.#tasks.has(text) ? this.#tasks.get(text) : hold(this.#tasks, text, await this.#writer.taskExecutions.get(id));
  }
}

function hold<Row extends { readonly key: number }>(
  rows: Map<string, Held<Row> | undefined>,
  text: string,
  row: Row | undefined,
): Held<Row> | undefined {
  const held = row && { row, key: row.key, changed: false };
  rows.set(text, held);
  return held;
}

function put<Row extends { readonly key: number }>(rows: Map<string, Held<Row> | undefined>, text: string, row: New<Row>): void {
  const held = rows.get(text);
  if (!held) return void rows.set(text, { row, key: undefined, changed: true });
  held.row = row;
  held.changed = true;
}

async function write<Row extends { readonly key: number }>(
  table: { insert(row: New<Row>): Promise<number>; update(row: Row): Promise<void> },
  held: Held<Row> | undefined,
): Promise<void> {
  if (!held?.changed) return;
  if (held.key === undefined) held.key = await table.insert(held.row);
  else await table.update({ ...held.row, key: held.key } as Row);
  held.changed = false;
}
