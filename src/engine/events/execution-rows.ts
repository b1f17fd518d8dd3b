import type { NodeExecutionId, TaskExecutionId } from "../../idl/identifiers.ts";
import { isTerminalNode, isTerminalTask } from "../../idl/phases.ts";
import type { NodePhase, TaskPhase } from "../../idl/phases.ts";
import type { New, NodeExecutionRow, StateWriter, TaskExecutionRow } from "../../ports/state-store.ts";

interface Held<Row extends { readonly key: number }> {
  row: New<Row> | Row;
  /** Undefined for a row that is not in its table yet. */
  key: number | undefined;
  changed: boolean;
}

/** Bytes of a closure that count as a row of their own. */
const longClosure = 4096;

/** Rows of one kind: those held (undefined: known not to be there), and the names of those that have ended, which are not. */
class HeldRows<Row extends { readonly key: number; readonly closure: Uint8Array }> {
  readonly held = new Map<string, Held<Row> | undefined>();
  readonly ended = new Set<string>();

  get size(): number {
    let size = this.held.size + this.ended.size;
    for (const held of this.held.values()) size += Math.floor((held?.row.closure.length ?? 0) / longClosure);
    return size;
  }

  /** Lets go of what no event will change any more, and of what is not there. */
  letGo(isEnded: (row: New<Row>) => boolean): void {
    for (const [text, held] of this.held) {
      if (held && !isEnded(held.row)) continue;
      this.held.delete(text);
      if (held) this.ended.add(text);
    }
  }
}

/** What of an execution's rows is in memory. */
export class RowsInMemory {
  readonly nodes = new HeldRows<NodeExecutionRow>();
  readonly tasks = new HeldRows<TaskExecutionRow>();
  /** Rows that are neither held nor ended are not there; else they may be. */
  isWhole = false;

  /** How many they are; of an array's the closure lists its elements, and counts for what it takes. */
  get size(): number {
    return this.nodes.size + this.tasks.size;
  }

  letGo(): void {
    this.nodes.letGo(({ phase }) => isTerminalNode(phase as NodePhase));
    this.tasks.letGo(({ phase }) => isTerminalTask(phase as TaskPhase));
  }
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
  readonly #memory: RowsInMemory;

  constructor(writer: StateWriter, memory: RowsInMemory) {
    this.#writer = writer;
    this.#memory = memory;
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
    put(this.#memory.nodes, nodeText(row.id), row);
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
    put(this.#memory.tasks, taskText(row.id), row);
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
      ...changedOf(this.#memory.nodes).map((held) => write(this.#writer.nodeExecutions, held)),
      ...changedOf(this.#memory.tasks).map((held) => write(this.#writer.taskExecutions, held)),
    ]);
  }

  async #node(id: NodeExecutionId): Promise<Held<NodeExecutionRow> | undefined> {
    const text = nodeText(id);
    const { nodes } = this.#memory;
    return this.#isKnown(nodes, text) ? nodes.held.get(text) : hold(nodes, text, await this.#writer.nodeExecutions.get(id));
  }

  async #task(id: TaskExecutionId): Promise<Held<TaskExecutionRow> | undefined> {
    const text = taskText(id);
    const { tasks } = this.#memory;
    return this.#isKnown(tasks, text) ? tasks.held.get(text) : hold(tasks, text, await this.#writer.taskExecutions.get(id));
  }

  #isKnown<Row extends { readonly key: number; readonly closure: Uint8Array }>({ held, ended }: HeldRows<Row>, text: string): boolean {
    return held.has(text) || (this.#memory.isWhole && !ended.has(text));
  }
}

function hold<Row extends { readonly key: number; readonly closure: Uint8Array }>(
  rows: HeldRows<Row>,
  text: string,
  row: Row | undefined,
): Held<Row> | undefined {
  const held = row && { row, key: row.key, changed: false };
  rows.held.set(text, held);
  return held;
}

function put<Row extends { readonly key: number; readonly closure: Uint8Array }>(rows: HeldRows<Row>, text: string, row: New<Row>): void {
  const held = rows.held.get(text);
  if (!held) return void rows.held.set(text, { row, key: undefined, changed: true });
  held.row = row;
  held.changed = true;
}

const changedOf = <Row extends { readonly key: number; readonly closure: Uint8Array }>({ held }: HeldRows<Row>): Held<Row>[] =>
  [...held.values()].filter((each) => each?.changed === true).filter((each) => each !== undefined);

async function write<Row extends { readonly key: number; readonly closure: Uint8Array }>(
  table: { insert(row: New<Row>): Promise<number>; update(row: Row): Promise<void> },
  held: Held<Row>,
): Promise<void> {
  if (held.key === undefined) held.key = await table.insert(held.row);
  else await table.update({ ...held.row, key: held.key } as Row);
  held.changed = false;
}
