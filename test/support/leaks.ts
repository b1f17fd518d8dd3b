import { readFileSync, readdirSync } from "node:fs";

/**
 * What a run left behind, empty when nothing: processes that were started from its directory or in a HOME below it (they
 * would hold its ports), and files there that are not in `known` (Linux).
 */
export function leftBehind(runRoot: string, known: readonly string[]): readonly string[] {
  const files = readdirSync(runRoot).filter((name) => !known.includes(name));
  return [...processes(runRoot).map((one) => `process ${one}`), ...files.map((name) => `file ${name}`)];
}

function processes(runRoot: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
    if (command.includes(runRoot) || read(`/proc/${pid}/environ`).includes(runRoot)) found.push(`${pid} ${command}`);
  }
  return found;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Gone, or not ours.
    return "";
  }
}
