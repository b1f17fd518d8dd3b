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

/**
 * The node and task rows of one locked execution while a batch of events is applied to them: each is read once and written
 * once, however many events change it. Nothing is written before `flush`.
 */
export class ExecutionRows {
  readonly #writer: StateWriter;
  readonly #nodes = new Map<string, Held<NodeExecutionRow>>();
  readonly #tasks = new Map<string, Held<TaskExecutionRow>>();

  constructor(writer: StateWriter) {
    this.#writer = writer;
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
    for (const held of this.#nodes.values()) await write(this.#writer.nodeExecutions, held);
    for (const held of this.#tasks.values()) await write(this.#writer.taskExecutions, held);
  }

  async #node(id: NodeExecutionId): Promise<Held<NodeExecutionRow> | undefined> {
    return this.#nodes.get(nodeText(id)) ?? hold(this.#nodes, nodeText(id), await this.#writer.nodeExecutions.get(id));
  }

  async #task(id: TaskExecutionId): Promise<Held<TaskExecutionRow> | undefined> {
    return this.#tasks.get(taskText(id)) ?? hold(this.#tasks, taskText(id), await this.#writer.taskExecutions.get(id));
  }
}

function hold<Row extends { readonly key: number }>(
  rows: Map<string, Held<Row>>,
  text: string,
  row: Row | undefined,
): Held<Row> | undefined {
  if (row === undefined) return undefined;
  const held: Held<Row> = { row, key: row.key, changed: false };
  rows.set(text, held);
  return held;
}

function put<Row extends { readonly key: number }>(rows: Map<string, Held<Row>>, text: string, row: New<Row>): void {
  const held = rows.get(text);
  if (!held) return void rows.set(text, { row, key: undefined, changed: true });
  held.row = row;
  held.changed = true;
}

async function write<Row extends { readonly key: number }>(
  table: { insert(row: New<Row>): Promise<number>; update(row: Row): Promise<void> },
  held: Held<Row>,
): Promise<void> {
  if (!held.changed) return;
  if (held.key === undefined) held.key = await table.insert(held.row);
  else await table.update({ ...held.row, key: held.key } as Row);
  held.changed = false;
}
