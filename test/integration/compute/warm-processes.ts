import { readdirSync, readFileSync } from "node:fs";

export interface WarmProcess {
  readonly pid: number;
  readonly parent: number;
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Running processes (no zombies) whose command line contains `word`. */
export function processesWith(word: string): WarmProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && text(`/proc/${name}/cmdline`).includes(word))
    .map((name) => ({ pid: Number(name), stat: text(`/proc/${name}/stat`) }))
    .map(({ pid, stat }) => ({ pid, fields: stat.slice(stat.lastIndexOf(")") + 2).split(" ") }))
    .filter(({ fields }) => fields[0] !== "" && fields[0] !== "Z")
    .map(({ pid, fields }) => ({ pid, parent: Number(fields[1]) }));
}

/** The base interpreters of process `daemon`, and what they forked and still lives in their session. */
export function warmInterpreters(daemon = process.pid): { bases: number[]; tiers: number[] } {
  const all = processesWith("zygote.py");
  const bases = all.filter(({ parent }) => parent === daemon).map(({ pid }) => pid);
  const session = (pid: number): number => Number(text(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[3]);
  return { bases, tiers: all.filter(({ pid }) => !bases.includes(pid) && bases.includes(session(pid))).map(({ pid }) => pid) };
}
