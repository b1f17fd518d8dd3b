import { FlyteError } from "../std/errors.ts";
import { runningDaemon } from "./daemon-process.ts";
import { diedDisorderly } from "./lock-holder.ts";
import { sandboxLogs } from "./sandbox-logs.ts";
import { readRecord } from "./sandbox-record.ts";
import { stopSandbox } from "./stop-sandbox.ts";

const nextPodMs = 500;

/**
 * Shows a sandbox's log until `signal`, then stops the sandbox; ends by itself when another command stops it. Throws
 * SANDBOX_DAEMON_DIED when the daemon ends without being told.
 */
export async function stayUntilInterrupted(name: string, signal: AbortSignal, write: (text: string) => void): Promise<void> {
  const record = await readRecord(name);
  const isOver = (): boolean => runningDaemon(record) === undefined;
  const follow = async (): Promise<void> => {
    for await (const chunk of sandboxLogs(name, { lines: 0, follow: true, signal, isOver })) write(chunk);
  };
  if (record?.backend === "kind") {
    if (!(await followPods(follow, signal))) return;
  } else if (record) await follow();
  if (!signal.aborted && record && diedDisorderly(record.dataDir)) {
    throw new FlyteError({
      code: "SANDBOX_DAEMON_DIED",
      blame: "environment",
      message: `the daemon of "${name}" ended without being told`,
      hint: "see all it wrote with: flyte sandbox logs; start it again with: flyte sandbox start",
      details: { name },
    });
  }
  if (await readRecord(name)) await stopSandbox(name, { deleteData: false });
}

/** A pod's log ends with it, and another one follows; false when the cluster was stopped by another command. */
async function followPods(follow: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await follow();
    } catch (error) {
      if (error instanceof FlyteError && error.code === "SANDBOX_NOT_RUNNING") return false;
      throw error;
    }
    // Until the next pod has a log.
    await new Promise((resolve) => setTimeout(resolve, nextPodMs));
  }
  return true;
}
