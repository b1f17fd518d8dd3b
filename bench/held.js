import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Megabytes of a process, what it shares with others counted by parts. */
export function pss(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1000;
}

/** Megabytes (PSS) of the processes whose environment has this HOME: the daemon, and whatever else it has started. */
export function held(home) {
  const sum = { daemon: 0, others: 0 };
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const directory = path.join("/proc", pid);
      if (!readFileSync(path.join(directory, "environ"), "utf8").split("\0").includes(`HOME=${home}`)) continue;
      sum[readFileSync(path.join(directory, "cmdline"), "utf8").includes("flyte-daemon") ? "daemon" : "others"] += pss(pid);
    } catch {
      // Ended in the meantime.
    }
  }
  return sum;
}
