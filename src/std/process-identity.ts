import { readFileSync } from "node:fs";

/** What /proc/PID/stat says, as far as anybody asks. Linux only. */
export interface ProcessStat {
  /** Nobody has taken leave of it yet. */
  readonly ended: boolean;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTick: number;
}

/** Of the text of /proc/PID/stat; undefined for none. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The program's name is in parentheses and may hold blanks and parentheses: fields are counted from behind it.
  const [state = "", parent, group, session, ...more] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (state === "") return undefined;
  return {
    ended: state === "Z" || state === "X",
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTick: Number(more[15]),
  };
}

/** Undefined when there is no such process. Linux only. */
export function processStat(pid: number): ProcessStat | undefined {
  return parseProcessStat(readText(`/proc/${pid}/stat`));
}

/** Of the machine's run since it was switched on, within which process numbers and start ticks mean something. */
export function bootOf(identity: string): string | undefined {
  const [boot, tick] = identity.split(":");
  return process.platform === "linux" && tick !== undefined ? boot : undefined;
}

/**
 * Tells a process from a later one of the same number; undefined when it does not run. On Linux the boot and the tick of
 * its start, else what ps says of its start. shim.py computes the same text.
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform === "linux") {
    const stat = processStat(pid);
    if (!stat || stat.ended) return undefined;
    return `${readText("/proc/sys/kernel/random/boot_id").trim()}:${stat.startTick}`;
  }
  try {
    // Asked for here, as loading it costs a command on Linux, which does not need it, 4 ms.
    const { execFileSync } = process.getBuiltinModule("node:child_process");
    const env = { LC_ALL: "C", PATH: "/bin:/usr/bin" };
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", env });
    return started.trim().split(/\s+/).join(" ") || undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that was given `identity` still runs. Identities that were written down by version 0.1.0 lack the boot. */
export function isSameProcess(pid: number, identity: string): boolean {
  const now = processIdentity(pid);
  return now !== undefined && (now === identity || (/^\d+$/.test(identity) && now.endsWith(`:${identity}`)));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
