import { expect, test } from "vitest";
import { KnownRows } from "./known-rows.ts";
import { ExecutionRows, RowsInMemory } from "./execution-rows.ts";
import type { KnownExecution } from "./known-rows.ts";
import type { New, StateWriter, TaskExecutionRow } from "../../ports/state-store.ts";

const id = (number: number): { project: string; domain: string; name: string } => ({ project: "p", domain: "d", name: `e${number}` });
const known = (key: number): KnownExecution => ({ key, sequence: 2, rows: new RowsInMemory() });

/** Takes whatever is written. */
const writer = { taskExecutions: { get: async () => undefined, insert: async () => 1 } } as unknown as StateWriter;

async function withTask(execution: KnownExecution, closure: Uint8Array): Promise<KnownExecution> {
  const node = { execution: id(execution.key), nodeId: "n0" };
  const task = { project: "p", domain: "d", name: "t", version: "v" };
  const rows = new ExecutionRows(writer, execution.rows);
  rows.putTask({ id: { task, node, retryAttempt: 0 }, phase: "RUNNING", closure } as New<TaskExecutionRow>);
  await rows.flush();
  return execution;
}

test("executions without rows are known in number, too, the last ones used", () => {
  const rows = new KnownRows();
  for (let number = 0; number < 25_000; number++) rows.keep(id(number), known(number));
  expect([4_999, 5_000, 24_999].map((number) => rows.take(id(number))?.key)).toEqual([undefined, 5_000, 24_999]);
  for (let number = 30_000; number < 30_002; number++) rows.keep(id(number), known(number));
  expect([5_001, 30_001].map((number) => rows.take(id(number))?.key)).toEqual([5_001, 30_001]);
});

test("long closures count for what they take", async () => {
  const rows = new KnownRows();
  const closure = new Uint8Array(4 << 20);
  for (let number = 0; number < 30; number++) rows.keep(id(number), await withTask(known(number), closure));
  // 20 000 rows of 4 KiB are those of 19 of them.
  expect([10, 11].map((number) => rows.take(id(number))?.key)).toEqual([undefined, 11]);
});
