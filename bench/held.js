import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Megabytes of a process, what it shares with others counted by parts. */
export function pss(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1000;
}

/** Megabytes (PSS) of the sandbox's processes. */
export function held(home) {
  const sum = { daemon: 0, others: 0 };
  for (const { directory, daemon } of processes(home)) sum[daemon ? "daemon" : "others"] += quietly(() => pss(path.basename(directory)));
  return sum;
}

/** CPU (milliseconds) that the sandbox's processes have used: the daemon, the warm interpreters, and attempts that have ended. */
export function used(home) {
  const sum = { daemon: 0, interpreters: 0, attempts: 0 };
  for (const { directory, daemon } of processes(home)) {
    // Attempts yet to end have the interpreter's environment, and have used nothing of others.
    const [user, system, usersEnded, systemEnded] = quietly(() => ticks(directory)) || [0, 0, 0, 0];
    sum[daemon ? "daemon" : "interpreters"] += (user + system) * tick;
    sum.attempts += (usersEnded + systemEnded) * tick;
  }
  return sum;
}

const tick = 10;

const ticks = (directory) =>
  readFileSync(path.join(directory, "stat"), "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .slice(11, 15)
    .map(Number);

/** Those whose environment has this HOME. */
function* processes(home) {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const directory = path.join("/proc", pid);
    const read = (name) => quietly(() => readFileSync(path.join(directory, name), "utf8")) || "";
    if (read("environ").split("\0").includes(`HOME=${home}`)) yield { directory, daemon: read("cmdline").includes("flyte-daemon") };
  }
}

/** 0 when the process has ended in the meantime. */
function quietly(read) {
  try {
    return read();
  } catch {
    return 0;
  }
}
