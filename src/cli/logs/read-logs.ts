import type { AdminClient } from "../../client/admin-client.ts";
import { isTerminalExecution, isTerminalNode, isTerminalTask, executionPhaseOf, nodePhaseOf, taskPhaseOf } from "../../idl/phases.ts";
import { nodeExecutionIdentifierOf, taskExecutionIdentifierOf } from "../../idl/identifiers.ts";
import { parseUrn } from "../../idl/urn.ts";
import type { Clock } from "../../std/clock.ts";
import { fetchAttempts } from "../fetch/fetch-attempts.ts";
import { fetchNodes } from "../fetch/fetch-nodes.ts";
import type { RunTarget } from "../target.ts";
import type { TaskExecutionView } from "../views/task-execution-view.ts";
import { taskExecutionView } from "../views/task-execution-view.ts";
import { pause } from "../watch/pause.ts";
import type { LogPiece } from "./log-piece.ts";
import { readLog } from "./read-log.ts";

const pauseMs = 700;

export interface LogTools {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether an address belongs to the deployment, so that it may be asked. */
  readonly isOwn: (uri: string) => boolean;
}

/** The logs of a task execution, of all attempts of a node, or of a whole execution; with `follow` as they grow, until it has ended. */
export async function* readLogs(
  admin: AdminClient,
  target: RunTarget,
  follow: boolean,
  tools: LogTools,
): AsyncGenerator<LogPiece, void, undefined> {
  const offsets = new Map<string, number>();
  for (;;) {
    // Asked first: what is read after the end is all there is.
    const ended = await hasEnded(admin, target);
    for (const attempt of await attemptsOf(admin, target, tools.clock.now())) {
      for (const { name, uri } of attempt.logs) {
        const log = { urn: attempt.urn, name, uri };
        const offset = offsets.get(uri) ?? 0;
        if (!tools.isOwn(uri)) {
          if (!offsets.has(uri)) yield { ...log, bytes: undefined };
          offsets.set(uri, 0);
          continue;
        }
        let read = 0;
        for await (const bytes of readLog(uri, offset, tools.signal)) {
          read += bytes.length;
          yield { ...log, bytes };
        }
        offsets.set(uri, offset + read);
      }
    }
    if (ended || !follow) return;
    await pause(tools.clock, pauseMs, tools.signal);
  }
}

async function attemptsOf(admin: AdminClient, target: RunTarget, now: number): Promise<readonly TaskExecutionView[]> {
  switch (target.kind) {
    case "task_execution":
      return [taskExecutionView(await admin.getTaskExecution({ id: taskExecutionIdentifierOf(target.id) }), now)];
    case "node_execution":
      return fetchAttempts(admin, target.id, now);
    case "execution": {
      const all: TaskExecutionView[] = [];
      for (const { urn } of await fetchNodes(admin, target.id, now)) {
        const node = parseUrn(urn);
        if (node.kind === "node_execution") all.push(...(await fetchAttempts(admin, node.id, now)));
      }
      return all;
    }
  }
}

async function hasEnded(admin: AdminClient, target: RunTarget): Promise<boolean> {
  switch (target.kind) {
    case "task_execution":
      return isTerminalTask(taskPhaseOf((await admin.getTaskExecution({ id: taskExecutionIdentifierOf(target.id) })).closure?.phase));
    case "node_execution":
      return isTerminalNode(nodePhaseOf((await admin.getNodeExecution({ id: nodeExecutionIdentifierOf(target.id) })).closure?.phase));
    case "execution":
      return isTerminalExecution(executionPhaseOf((await admin.getExecution({ id: { ...target.id } })).closure?.phase));
  }
}
