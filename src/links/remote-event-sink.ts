import type { FlyteClient } from "../client/connect.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import { hasStatus, type StatusError } from "../idl/status.ts";
import type { EventSink, ExecutionEvent } from "../ports/event-sink.ts";
import { call } from "./call.ts";

const { admin } = flyteidl;
const service = "flyteidl.service.AdminService";
const refusals = ["ALREADY_EXISTS", "FAILED_PRECONDITION", "NOT_FOUND", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"] as const;

/** Propeller's way to an admin behind a network: a call an event, in order. Its refusals are outcomes, anything else rejects. */
export function remoteEventSink(client: FlyteClient): EventSink {
  return {
    async record(events) {
      const outcomes: (StatusError | undefined)[] = [];
      for (const event of events) outcomes.push(await recordOne(client, event));
      return outcomes;
    },
  };
}

async function recordOne(client: FlyteClient, { level, event }: ExecutionEvent): Promise<StatusError | undefined> {
  try {
    switch (level) {
      case "workflow":
        await call(client, service, "CreateWorkflowEvent", [admin.WorkflowExecutionEventRequest, admin.WorkflowExecutionEventResponse], {
          event,
        });
        return undefined;
      case "node":
        await call(client, service, "CreateNodeEvent", [admin.NodeExecutionEventRequest, admin.NodeExecutionEventResponse], { event });
        return undefined;
      case "task":
        await call(client, service, "CreateTaskEvent", [admin.TaskExecutionEventRequest, admin.TaskExecutionEventResponse], { event });
        return undefined;
    }
  } catch (thrown) {
    if (hasStatus(thrown, ...refusals)) return thrown;
    throw thrown;
  }
}
