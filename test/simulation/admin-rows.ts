import { createDirectEventSink } from "../../src/engine/events/record-events.ts";
import { createWatchHub } from "../../src/engine/events/watch-hub.ts";
import { executionId } from "../integration/propeller/workflow-of.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { KnownRows } from "../../src/engine/events/known-rows.ts";
import { MemoryBlobStore } from "../support/memory-blob-store.ts";
import { openStores } from "../../src/stores/sql/open-stores.ts";
import { settings, type Bench } from "../integration/propeller/bench.ts";
import { systemClock } from "../../src/std/clock.ts";
import { taskExecutionIdOfEvent } from "../../src/engine/events/apply-task-event.ts";
import type { Dice } from "./dice.ts";
import type { EventSink, ExecutionEvent } from "../../src/ports/event-sink.ts";
import type { ExecutionRow, New, StateStore } from "../../src/ports/state-store.ts";

const rowOf = (name: string): New<ExecutionRow> => ({
  id: { ...executionId, name },
  launchPlanKey: null,
  workflowKey: null,
  taskKey: null,
  phase: "UNDEFINED",
  spec: new Uint8Array(),
  closure: flyteidl.admin.ExecutionClosure.encode({}).finish(),
  createdAt: "",
  updatedAt: "",
  startedAt: null,
  duration: null,
  abortCause: "",
  mode: 0,
  sourceExecutionKey: null,
  parentNodeExecutionKey: null,
  cluster: "",
  inputsUri: "",
  userInputsUri: "",
  errorKind: null,
  errorCode: null,
  user: "",
  state: 0,
  launchEntity: "launch_plan",
  lastSequence: 1,
});

/** What the row of an event's subject says. */
async function phaseInRow({ read }: StateStore, { level, event }: ExecutionEvent): Promise<string | undefined> {
  switch (level) {
    case "workflow":
      return (await read.executions.get(executionId))?.phase;
    case "node":
      return (await read.nodeExecutions.get({ execution: executionId, nodeId: event.id?.nodeId ?? "" }))?.phase;
    case "task":
      return (await read.taskExecutions.get(taskExecutionIdOfEvent(event)))?.phase;
  }
}

/** Batches as they come, some of them twice; and when all is over some events once more, too late. */
async function tell(sink: EventSink, events: readonly ExecutionEvent[], roll: Dice): Promise<void> {
  for (let from = 0; from < events.length;) {
    const batch = events.slice(from, from + 1 + roll(6));
    for (let times = roll(4) === 0 ? 2 : 1; times > 0; times--) await sink.record(batch);
    from += batch.length;
  }
  for (const event of events) if (roll(3) === 0) await sink.record([event]);
}

/** Tells admin itself all that its model was told, and answers where its rows say something else in the end. */
export async function wrongRows({ admin, children }: Bench, roll: Dice): Promise<string[]> {
  const stores = await openStores({ path: ":memory:", clock: systemClock });
  try {
    const { state, workflows } = stores;
    await state.write(async (writer) => {
      for (const name of new Set([executionId.name, ...children.past.keys(), ...children.children.keys()]))
        await writer.executions.insert(rowOf(name));
    }, "inserts");
    const deps = { state, workflows, blobs: new MemoryBlobStore(), settings, watchHub: createWatchHub(), knownRows: new KnownRows() };
    // What is recorded is emptied of its data: the model's events stay as they are.
    await tell(createDirectEventSink(deps), copiesOf(admin.seen.map(({ event }) => event)), roll);
    const wrong: string[] = [];
    for (const subject of admin.subjects) {
      const last = admin.last(subject);
      const row = last && (await phaseInRow(state, last.event));
      if (row !== last?.phase) wrong.push(`admin's row of ${subject} is ${row}, though the last it was told is ${last?.phase}`);
    }
    return wrong;
  } finally {
    await stores.close();
  }
}

function copiesOf(events: readonly ExecutionEvent[]): ExecutionEvent[] {
  const { NodeExecutionEvent, TaskExecutionEvent, WorkflowExecutionEvent } = flyteidl.event;
  return events.map((each): ExecutionEvent => {
    switch (each.level) {
      case "workflow":
        return { level: "workflow", event: WorkflowExecutionEvent.decode(WorkflowExecutionEvent.encode(each.event).finish()) };
      case "node":
        return { level: "node", event: NodeExecutionEvent.decode(NodeExecutionEvent.encode(each.event).finish()) };
      case "task":
        return { level: "task", event: TaskExecutionEvent.decode(TaskExecutionEvent.encode(each.event).finish()) };
    }
  });
}
