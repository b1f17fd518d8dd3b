import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

// What the operating system says of processes: /proc on Linux, ps on macOS. shim.py computes identities the same way.

interface ProcessEntry {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTick: number;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function entryOf(pid: number): ProcessEntry | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === "") return undefined;
  // The program's name may contain blanks and parentheses: fields are counted from behind it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTick: Number(fields[19]),
  };
}

/** Tells a process from a later one of the same number; undefined when it does not run (a zombie does not). */
export function processIdentity(pid: number): string | undefined {
  if (process.platform === "linux") {
    const entry = entryOf(pid);
    if (!entry || entry.state === "Z" || entry.state === "X") return undefined;
    return `${readText("/proc/sys/kernel/random/boot_id").trim()}:${entry.startTick}`;
  }
  try {
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { LC_ALL: "C", PATH: "/bin:/usr/bin" },
    });
    return started.trim().split(/\s+/).join(" ") || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Kills at once what is left of an attempt whose parent is gone: what carries `marker` in its environment, the session and
 * group of `leader`, and all their descendants, if started at tick `since` or later. Says how many there were. The number
 * of the session may be another one's by now: it counts only while the leader is the one that started at `leaderTick`,
 * or one with the marker is in it. Elsewhere than on Linux only the group is known.
 */
export function killLeftovers(
  task: { readonly leader: number; readonly leaderTick: number; readonly since: number },
  marker: string,
): number {
  const { leader, leaderTick, since } = task;
  if (process.platform !== "linux") return send(-leader, "SIGKILL") ? 1 : 0;
  const table = new Map<number, ProcessEntry>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const entry = Number.isInteger(pid) && pid !== process.pid ? entryOf(pid) : undefined;
    if (entry && entry.state !== "Z" && entry.state !== "X" && entry.startTick >= since) table.set(pid, entry);
  }
  const found = new Set<number>();
  for (const pid of table.keys()) if (readText(`/proc/${pid}/environ`).includes(marker)) found.add(pid);
  const ours = (entry: ProcessEntry): boolean => entry.session === leader || entry.group === leader;
  if (entryOf(leader)?.startTick === leaderTick || [...table].some(([pid, entry]) => found.has(pid) && ours(entry))) {
    for (const [pid, entry] of table) if (ours(entry)) found.add(pid);
  }
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [pid, entry] of table) if (found.has(entry.parent)) found.add(pid);
  }
  // Held first: else a shell whose child is gone runs its next command before its own turn to end comes.
  for (const signal of ["SIGSTOP", "SIGKILL"] as const) for (const pid of found) send(pid, signal);
  return found.size;
}

function send(pid: number, signal: "SIGSTOP" | "SIGKILL"): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
