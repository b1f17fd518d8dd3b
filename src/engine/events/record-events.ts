import { executionKey, executionIdOf, nodeExecutionIdOf, taskExecutionIdOf } from "../../idl/identifiers.ts";
import type { NodeExecutionId, TaskExecutionId, WorkflowExecutionId } from "../../idl/identifiers.ts";
import { flyte, flyteidl } from "../../idl/flyteidl.ts";
import { executionPhaseOf, isTerminalExecution } from "../../idl/phases.ts";
import type { ExecutionPhase } from "../../idl/phases.ts";
import { hasStatus } from "../../idl/status.ts";
import type { StatusError } from "../../idl/status.ts";
import type { NodeExecutionEvent, TaskExecutionEvent } from "../../idl/types.ts";
import { bytesField, concatBytes, withoutField } from "../../idl/wire.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { EventSink, ExecutionEvent } from "../../ports/event-sink.ts";
import type { JoinedStore } from "../../ports/joined-store.ts";
import type { ExecutionRow, LockedExecution, StateStore, StateWriter, TaskExecutionRow, WatchRow } from "../../ports/state-store.ts";
import type { WorkflowSave, WorkflowStore } from "../../ports/workflow-store.ts";
import { applyNodeEvent, newNodeExecution } from "./apply-node-event.ts";
import { applyTaskEvent, newTaskExecution, taskExecutionIdOfEvent } from "./apply-task-event.ts";
import { applyWorkflowEvent } from "./apply-workflow-event.ts";
import { checkCluster } from "./check-cluster.ts";
import { executionText, missingEntity, nodeExecutionText, taskExecutionText } from "./event-refusals.ts";
import { allDone, ExecutionRows, RowsInMemory } from "./execution-rows.ts";
import { executionMessage, nodeExecutionMessage, taskExecutionMessage } from "./execution-messages.ts";
import { hasEventData, offloadEventData, toBeRepeated } from "./offload-event-data.ts";
import type { KnownExecution, KnownRows } from "./known-rows.ts";
import type { OffloadSettings } from "./offload-event-data.ts";
import { validateEvent } from "./validate-event.ts";
import type { WatchHub } from "./watch-hub.ts";

export interface EventDeps {
  readonly state: StateStore;
  readonly blobs: BlobStore;
  readonly settings: OffloadSettings;
  readonly watchHub: WatchHub;
  readonly knownRows: KnownRows;
  readonly workflows: Pick<WorkflowStore, "wake">;
}

type Outcome = StatusError | undefined;
interface Prepared {
  readonly index: number;
  readonly event: ExecutionEvent;
  readonly dynamicWorkflowClosureUri: string;
}

/** Events that may be recorded, by execution, and those that are refused already. */
interface Batch {
  readonly groups: readonly { readonly id: WorkflowExecutionId; readonly events: readonly Prepared[] }[];
  readonly refused: readonly Outcome[];
}

interface ChangedExecution {
  readonly id: WorkflowExecutionId;
  readonly known: KnownExecution;
  /** Hardly an event will come. */
  readonly isOver: boolean;
}

interface Recorded {
  readonly outcomes: readonly Outcome[];
  readonly changed: readonly ChangedExecution[];
  /** Nodes whose child executions have ended. */
  readonly woken: readonly NodeExecutionId[];
}

/**
 * Records a batch in one transaction, and with every change the event for watchers. One outcome an event: undefined when
 * recorded, else how it was refused; a refused event changes nothing and does not stop those after it. Events handed
 * over are emptied of inline data. Rejects when the store fails, never with the RESOURCE_EXHAUSTED of an event that is too
 * large: nothing is recorded then.
 */
export async function recordEvents(deps: EventDeps, events: readonly ExecutionEvent[]): Promise<readonly Outcome[]> {
  const batch = await prepareBatch(deps, events);
  if (batch.groups.length === 0) return batch.refused;
  const recorded = await deps.state
    .write((writer) => recordBatch(deps, writer, batch))
    .catch((thrown: unknown) => Promise.reject(toBeRepeated(thrown)));
  committed(deps, recorded);
  return recorded.outcomes;
}

/** What is durable now: it is known, and those in this process who wait for it are told. */
function committed({ watchHub, knownRows, workflows }: EventDeps, { changed, woken }: Recorded): void {
  for (const { id, known, isOver } of changed) {
    known.rows.letGo();
    if (!isOver) knownRows.keep(id, known);
    watchHub.publish(id);
  }
  for (const { execution, nodeId } of woken) workflows.wake(execution, nodeId);
}

/** Undoes the events of a round whose state is not its own any more. */
class NotSaved extends Error {}

async function recordAndSave(
  deps: EventDeps,
  joined: JoinedStore,
  events: readonly ExecutionEvent[],
  follow: (outcomes: readonly Outcome[]) => WorkflowSave,
): Promise<boolean> {
  const batch = await prepareBatch(deps, events);
  try {
    const recorded = await joined.writeBoth(async (writer, save) => {
      const all = await recordBatch(deps, writer, batch);
      if (!(await save(follow(all.outcomes)))) throw new NotSaved();
      return all;
    });
    committed(deps, recorded);
    return true;
  } catch (thrown) {
    if (thrown instanceof NotSaved) return false;
    throw thrown;
  }
}

/** Propeller's way to admin inside one process; with `joined` it saves a round's state along with its events. */
export function createDirectEventSink(deps: EventDeps, joined?: JoinedStore): EventSink {
  return {
    record: (events) => recordEvents(deps, events),
    ...(joined && { recordAndSave: (events, follow) => recordAndSave(deps, joined, events, follow) }),
  };
}

async function prepareBatch(deps: EventDeps, events: readonly ExecutionEvent[]): Promise<Batch> {
  const refused: Outcome[] = events.map(() => undefined);
  const groups = new Map<string, { readonly id: WorkflowExecutionId; readonly events: Prepared[] }>();
  const prepare = preparing(deps);
  const prepared = await Promise.all(
    events.map((event, index) => refusable([...refusals, "RESOURCE_EXHAUSTED"], refused, index, () => prepare(event, index))),
  );
  for (const one of prepared) {
    if (one === undefined) continue;
    const id = executionOf(one.event);
    const group = groups.get(executionKey(id)) ?? { id, events: [] };
    groups.set(executionKey(id), group);
    group.events.push(one);
  }
  // Executions are locked in one order everywhere, or two batches could wait for each other.
  const ordered = [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, group]) => group);
  return { groups: ordered, refused };
}

async function recordBatch({ knownRows }: EventDeps, writer: StateWriter, { groups, refused }: Batch): Promise<Recorded> {
  const outcomes = [...refused];
  const changed: ChangedExecution[] = [];
  const woken: NodeExecutionId[] = [];
  for (const { id, events } of groups) {
    const recorded = await recordGroup(writer, id, events, outcomes, knownRows.take(id));
    if (!recorded) continue;
    const { known, row } = recorded;
    changed.push({ id, known, isOver: "phase" in row && isTerminalExecution(row.phase as ExecutionPhase) });
    if (!events.some(endsExecution)) continue;
    const parent = parentOf(row);
    if (!parent) continue;
    woken.push(parent);
    await writer.executions.wake(parent);
  }
  return { outcomes, changed, woken };
}

function preparing(deps: EventDeps): (event: ExecutionEvent, index: number) => Promise<Prepared> {
  const known = new Map<string, Promise<boolean>>();
  const isThere = (id: WorkflowExecutionId): Promise<boolean> => {
    const key = executionKey(id);
    const asked = known.get(key) ?? deps.state.read.executions.get(id).then((row) => row !== undefined);
    known.set(key, asked);
    return asked;
  };
  return async (event, index) => {
    const id = validateEvent(event);
    if (!hasEventData(event)) return { index, event, dynamicWorkflowClosureUri: "" };
    if (!(await isThere(id))) throw missingEntity("execution", executionText(id));
    return { index, ...(await offloadEventData(event, deps.blobs, deps.settings)) };
  };
}

const refusals = ["ALREADY_EXISTS", "FAILED_PRECONDITION", "NOT_FOUND", "INVALID_ARGUMENT"] as const;

/** Refusals become outcomes; anything else is a failure of the store. */
async function refusable<T>(
  statuses: readonly ((typeof refusals)[number] | "RESOURCE_EXHAUSTED")[],
  outcomes: Outcome[],
  index: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (!hasStatus(thrown, ...statuses)) throw thrown;
    outcomes[index] = thrown;
    return undefined;
  }
}

function executionOf(event: ExecutionEvent): WorkflowExecutionId {
  switch (event.level) {
    case "workflow":
      return executionIdOf(event.event.executionId);
    case "node":
      return executionIdOf(event.event.id?.executionId);
    case "task":
      return executionIdOf(event.event.parentNodeExecutionId?.executionId);
  }
}

async function recordGroup(
  writer: StateWriter,
  id: WorkflowExecutionId,
  events: readonly Prepared[],
  outcomes: Outcome[],
  known: KnownExecution | undefined,
): Promise<{ readonly known: KnownExecution; readonly row: LockedExecution | ExecutionRow } | undefined> {
  // The row itself may be large, and most events change nothing in it.
  const isOfWorkflow = events.some(({ event }) => event.level === "workflow");
  const { row: held, memory } = await lockAndLoad(writer, id, isOfWorkflow, events, known);
  const rows = new ExecutionRows(writer, memory);
  let row = held;
  const watch: WatchRow[] = [];
  for (const one of events) {
    const recorded = await refusable(refusals, outcomes, one.index, async () => {
      if (row === undefined) throw missingEntity("execution", executionText(id));
      return await record(writer, rows, row, one);
    });
    if (recorded === undefined) continue;
    const sequence = recorded.row.lastSequence + 1;
    row = { ...recorded.row, lastSequence: sequence };
    watch.push({ sequence, event: recorded.watch });
  }
  if (row === undefined || watch.length === 0) return undefined;
  const { key, lastSequence: sequence } = row;
  const updated = "spec" in row ? writer.executions.update(row) : writer.executions.setSequence(key, sequence);
  await allDone([rows.flush(), updated, writer.watch.append(id, watch)]);
  return { known: { key, sequence, rows: memory }, row };
}

async function lockAndLoad(
  writer: StateWriter,
  id: WorkflowExecutionId,
  isOfWorkflow: boolean,
  events: readonly Prepared[],
  known: KnownExecution | undefined,
): Promise<{ readonly row: LockedExecution | ExecutionRow | undefined; readonly memory: RowsInMemory }> {
  const locked: Promise<LockedExecution | ExecutionRow | undefined> = isOfWorkflow
    ? writer.executions.lock(id)
    : writer.executions.lockSequence(id);
  if (known) {
    const row = await locked;
    if (row && row.key === known.key && row.lastSequence === known.sequence) return { row, memory: known.rows };
  }
  const memory = new RowsInMemory();
  // Asked for together, the rows are read after the lock is held.
  await allDone([locked, new ExecutionRows(writer, memory).load(nodesOf(events), tasksOf(events))]);
  const row = await locked;
  // Nothing but its beginning has been told of: there are no rows of nodes.
  memory.isWhole = row?.lastSequence === 1;
  return { row, memory };
}

const endsExecution = ({ event }: Prepared): boolean =>
  event.level === "workflow" && isTerminalExecution(executionPhaseOf(event.event.phase));

/** The node that has launched an execution, and waits for its end. */
function parentOf(row: LockedExecution | ExecutionRow): NodeExecutionId | undefined {
  if (!("spec" in row) || row.parentNodeExecutionKey === null) return undefined;
  return nodeExecutionIdOf(flyteidl.admin.ExecutionSpec.decode(row.spec).metadata?.parentNodeExecution);
}

const nodesOf = (events: readonly Prepared[]): NodeExecutionId[] =>
  events.flatMap(({ event }) => (event.level === "node" ? [nodeExecutionIdOf(event.event.id)] : []));

const tasksOf = (events: readonly Prepared[]): TaskExecutionId[] =>
  events.flatMap(({ event }) => (event.level === "task" ? [taskExecutionIdOfEvent(event.event)] : []));

/** Changes the rows that one event is about; the execution's own it returns. All checks come before any change. */
async function record(
  writer: StateWriter,
  rows: ExecutionRows,
  row: LockedExecution | ExecutionRow,
  prepared: Prepared,
): Promise<{ row: LockedExecution | ExecutionRow; watch: Uint8Array }> {
  const { event } = prepared;
  switch (event.level) {
    case "workflow": {
      if (!("spec" in row)) throw new TypeError("the execution's row was not read whole");
      const after = applyWorkflowEvent(row, event.event);
      return { row: after, watch: bytesField(2, executionMessage(after)) };
    }
    case "node":
      checkCluster(row.cluster, event.event.producerId ?? "");
      return { row, watch: nodeChange(event.event, await recordNode(writer, rows, event.event, prepared.dynamicWorkflowClosureUri)) };
    case "task":
      checkCluster(row.cluster, event.event.producerId ?? "");
      return { row, watch: bytesField(4, await recordTask(rows, event.event)) };
  }
}

/** An encoded WatchEvent without its sequence. */
function nodeChange(event: NodeExecutionEvent, node: Uint8Array): Uint8Array {
  const parentNodeId = event.parentNodeMetadata?.nodeId;
  const within = parentNodeId ? [flyte.watch.v1.WatchEvent.encode({ parentNodeId }).finish()] : [];
  return concatBytes(bytesField(3, node), ...within);
}

async function recordNode(
  writer: StateWriter,
  rows: ExecutionRows,
  event: NodeExecutionEvent,
  dynamicWorkflowClosureUri: string,
): Promise<Uint8Array> {
  const id = nodeExecutionIdOf(event.id);
  const child = event.workflowNodeMetadata?.executionId;
  if (child != null && (await writer.executions.get(executionIdOf(child))) === undefined) {
    throw missingEntity("execution", executionText(executionIdOf(child)));
  }
  const known = await rows.node(id);
  if (known) {
    const after = applyNodeEvent(known, event, dynamicWorkflowClosureUri);
    rows.putNode(after);
    return nodeExecutionMessage(after);
  }
  const parentKey = await parentNodeKey(rows, event);
  const parentTaskExecutionKey = await parentTaskKey(rows, event);
  const first = newNodeExecution(event, { parentKey, parentTaskExecutionKey, dynamicWorkflowClosureUri });
  rows.putNode(first);
  return nodeExecutionMessage(first);
}

async function parentNodeKey(rows: ExecutionRows, event: NodeExecutionEvent): Promise<number | null> {
  const nodeId = event.parentNodeMetadata?.nodeId;
  if (!nodeId) return null;
  const id = { execution: executionIdOf(event.id?.executionId), nodeId };
  const key = await rows.nodeKey(id);
  if (key === undefined) throw missingEntity("node execution", nodeExecutionText(id));
  return key;
}

async function parentTaskKey(rows: ExecutionRows, event: NodeExecutionEvent): Promise<number | null> {
  if (event.parentTaskMetadata?.id == null) return null;
  const id = taskExecutionIdOf(event.parentTaskMetadata.id);
  const key = await rows.taskKey(id);
  if (key === undefined) throw missingEntity("task execution", taskExecutionText(id));
  return key;
}

async function recordTask(rows: ExecutionRows, event: TaskExecutionEvent): Promise<Uint8Array> {
  const id = taskExecutionIdOfEvent(event);
  const known = await rows.task(id);
  if (known === undefined && (await rows.node(id.node)) === undefined) throw missingEntity("node execution", nodeExecutionText(id.node));
  const after = known ? applyTaskEvent(known, event) : newTaskExecution(event);
  rows.putTask(after);
  return taskExecutionMessage(isLong(after) ? { ...after, closure: withoutField(after.closure, externalResources) } : after);
}

/** Of a closure: metadata.external_resources. */
const externalResources = [16, 2];

/** An array's closure lists its elements: watchers are told how many are where, not of each one again and again. */
const isLong = ({ closure }: Pick<TaskExecutionRow, "closure">): boolean => closure.length > 64 << 10;
