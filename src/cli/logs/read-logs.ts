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
import { Merged } from "./merged.ts";
import { LogGone, readLog, unreadable } from "./read-log.ts";

const pauseMs = 700;
/** What is left when all has ended comes at once, unless a connection has died unnoticed. */
const lastMs = 10_000;

export interface LogTools {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether an address belongs to the deployment, so that it may be asked. */
  readonly isOwn: (uri: string) => boolean;
}

interface Progress {
  offset: number;
  isRead: boolean;
  isDone: boolean;
}

/**
 * The logs of a task execution, of all attempts of a node, or of a whole execution, one after the other; with `follow` all that run at
 * once, as they grow, until it has ended. Of logs that are gone only others' company is told; where there is none, LOG_UNREADABLE.
 */
export async function* readLogs(
  admin: AdminClient,
  target: RunTarget,
  follow: boolean,
  tools: LogTools,
): AsyncGenerator<LogPiece, void, undefined> {
  // Held back until there is something beside them.
  const gone: LogPiece[] = [];
  let isAlone = true;
  for await (const piece of follow ? followed(admin, target, tools) : once(admin, target, tools)) {
    if (piece.gone !== undefined && isAlone) {
      gone.push(piece);
      continue;
    }
    isAlone = false;
    yield* gone.splice(0);
    yield piece;
  }
  const [first] = gone;
  if (first) throw unreadable(first.uri, first.gone ?? "");
}

async function* once(admin: AdminClient, target: RunTarget, tools: LogTools): AsyncGenerator<LogPiece, void, undefined> {
  // A list of what is not there would be empty.
  await hasEnded(admin, target);
  for (const attempt of await attemptsOf(admin, target, tools.clock.now())) {
    for (const { name, uri } of attempt.logs) {
      yield* piecesOf({ urn: attempt.urn, name, uri }, { offset: 0, isRead: false, isDone: true }, false, tools);
    }
  }
}

async function* followed(admin: AdminClient, target: RunTarget, given: LogTools): AsyncGenerator<LogPiece, void, undefined> {
  const leaving = new AbortController();
  const tools = { ...given, signal: AbortSignal.any([given.signal, leaving.signal]) };
  const known = new Map<string, Progress>();
  const merged = new Merged<LogPiece>();
  try {
    for (;;) {
      // Asked first: what is read after the end is all there is.
      const ended = await hasEnded(admin, target);
      for (const attempt of await attemptsOf(admin, target, tools.clock.now())) {
        for (const { name, uri } of attempt.logs) {
          const progress = known.get(uri) ?? { offset: 0, isRead: false, isDone: false };
          known.set(uri, progress);
          if (progress.isRead || progress.isDone) continue;
          progress.isRead = true;
          // One that ends although its attempt does not is read on from there: its connection was cut, or it had not begun.
          progress.isDone = ended || isTerminalTask(attempt.phase);
          merged.add(piecesOf({ urn: attempt.urn, name, uri }, progress, !progress.isDone, tools));
        }
      }
      const isOver = yield* drained(merged, ended, tools);
      if (ended && (isOver || [...known.values()].every(({ isDone }) => isDone))) return;
    }
  } finally {
    leaving.abort();
  }
}

/** What comes until it is time to look again; when all has ended, what is left: true when that does not end. */
async function* drained(
  merged: Merged<LogPiece>,
  ended: boolean,
  { clock, signal }: LogTools,
): AsyncGenerator<LogPiece, boolean, undefined> {
  const time = { isOver: false };
  const done = new AbortController();
  const over = pause(clock, ended ? lastMs : pauseMs, AbortSignal.any([signal, done.signal])).then(() => void (time.isOver = true));
  over.catch(() => undefined);
  const isDrained = (): boolean => ended && merged.running === 0;
  while (!time.isOver && !isDrained()) {
    const piece = await merged.next(over);
    if (piece) yield piece;
  }
  done.abort();
  return time.isOver;
}

/** What is left of a log, and what becomes of it. */
async function* piecesOf(
  log: Pick<LogPiece, "urn" | "name" | "uri">,
  progress: Progress,
  follow: boolean,
  tools: LogTools,
): AsyncGenerator<LogPiece, void, undefined> {
  try {
    if (!tools.isOwn(log.uri)) {
      progress.isDone = true;
      yield { ...log, bytes: undefined };
      return;
    }
    for await (const bytes of readLog(log.uri, { offset: progress.offset, follow, signal: tools.signal })) {
      progress.offset += bytes.length;
      yield { ...log, bytes };
    }
  } catch (error) {
    if (!(error instanceof LogGone)) throw error;
    progress.isDone = true;
    // It went while it was followed: what it has said was told.
    if (progress.offset === 0) yield { ...log, bytes: undefined, gone: error.message };
  } finally {
    progress.isRead = false;
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
