import { readFileSync, readdirSync } from "node:fs";
import os from "node:os";

interface Snapshot {
  readonly processes: ReadonlySet<string>;
  readonly ports: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

/** What runs of ours, what listens, and what lies in the temp directory (Linux). */
export function snapshot(): Snapshot {
  return { processes: processes(), ports: ports(), files: new Set(readdirSync(os.tmpdir()).filter((name) => name.startsWith("flyte"))) };
}

/** What is there now that was not before; empty when nothing was left behind. */
export function leftBehind(before: Snapshot): readonly string[] {
  const after = snapshot();
  return (["processes", "ports", "files"] as const).flatMap((kind) =>
    [...after[kind]].filter((one) => !before[kind].has(one)).map((one) => `${kind}: ${one}`),
  );
}

function processes(): Set<string> {
  const found = new Set<string>();
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
    if (/flyte-daemon\.js|compute\/local\/shim\.py|shim\.py|pyflyte/.test(command)) found.add(`${pid} ${command}`);
  }
  return found;
}

function ports(): Set<string> {
  const lines = `${read("/proc/net/tcp")}\n${read("/proc/net/tcp6")}`.split("\n").map((line) => line.trim().split(/\s+/));
  return new Set(lines.filter((fields) => fields[3] === "0A").map((fields) => fields[1] ?? ""));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
