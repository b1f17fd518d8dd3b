import { readFile, readdir } from "node:fs/promises";
import { bootOf, parseProcessStat, processIdentity, processStat, type ProcessStat } from "../../std/process-identity.ts";
import type { StartRecord } from "./local-attempt-files.ts";

/** Files of /proc that are read at a time. */
const batch = 64;
/** Looks at what is left; each kills what it finds, and what that had started meanwhile is found by the next. */
const rounds = 20;

/**
 * Kills at once what is left of an attempt whose parent is gone: what carries `marker` in its environment, the session and
 * group of the task, and all their descendants, if started since its parent was. The number of the session may be another
 * one's by now: it counts only while its leader is the one that was started then, or one with the marker is in it. Numbers
 * of an earlier boot mean nothing. Elsewhere than on Linux only the group is known.
 */
export async function killLeftovers(task: StartRecord, marker: string): Promise<void> {
  if (process.platform !== "linux") {
    kill(-task.leader, "SIGKILL");
    return;
  }
  if (bootOf(task.identity) !== bootOf(processIdentity(process.pid) ?? "")) return;
  for (let round = 0; round < rounds; round++) {
    const found = await leftovers(task, marker);
    if (found.size === 0) return;
    // Held first: else a shell whose child is gone runs its next command before its own turn to end comes.
    for (const signal of ["SIGSTOP", "SIGKILL"] as const) {
      // Its number may have become another one's while the others were looked at.
      for (const [pid, { startTick }] of found) if (processStat(pid)?.startTick === startTick) kill(pid, signal);
    }
  }
}

async function leftovers({ leader, leaderTick, since }: StartRecord, marker: string): Promise<ReadonlyMap<number, ProcessStat>> {
  const table = new Map<number, ProcessStat>();
  const pids = (await readdir("/proc")).map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  await each(pids, async (pid) => {
    const stat = parseProcessStat(await readText(`/proc/${pid}/stat`));
    if (stat && !stat.ended && stat.startTick >= since) table.set(pid, stat);
  });
  const found = new Map<number, ProcessStat>();
  await each([...table], async ([pid, stat]) => {
    if ((await readText(`/proc/${pid}/environ`)).includes(marker)) found.set(pid, stat);
  });
  const ours = (stat: ProcessStat): boolean => stat.session === leader || stat.group === leader;
  if (processStat(leader)?.startTick === leaderTick || [...found.values()].some(ours)) {
    for (const [pid, stat] of table) if (ours(stat)) found.set(pid, stat);
  }
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [pid, stat] of table) if (found.has(stat.parent)) found.set(pid, stat);
  }
  return found;
}

async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += batch) await Promise.all(items.slice(at, at + batch).map(work));
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

function kill(pid: number, signal: "SIGSTOP" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
