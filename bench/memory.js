import { spawn } from "node:child_process";
import { held, pss } from "./held.js";
import { pythonSandbox } from "./python/sandbox.js";

const wait = Number(process.env.FLYTE_BENCH_WAIT ?? 60_000);
const executions = 100;

/** What the sandbox's processes hold (PSS) at its start, and a minute after 100 executions of a Python task; all succeed. */
export async function memory() {
  const floor = await idleNode();
  const sandbox = pythonSandbox(21300);
  try {
    const before = held(sandbox.directory);
    for (let index = 0; index < executions; index++) {
      await sandbox.execute("one");
      await sandbox.readBack(1);
    }
    await pause(wait);
    const after = held(sandbox.directory);
    const row = (name, { daemon, others }) => [
      `${name}: the daemon`,
      `${daemon.toFixed(0)} MB`,
      `warm interpreters ${others.toFixed(0)} MB`,
      1,
      `${(daemon / floor).toFixed(1)} × (+${(daemon - floor).toFixed(0)} MB)`,
    ];
    return [
      ["an idle Node", `${floor.toFixed(0)} MB`, "", 1, "the floor"],
      row("just started", before),
      row(`${wait / 1000} s after ${executions} executions`, after),
    ];
  } finally {
    await sandbox.close();
  }
}

/** PSS counts pages that processes share by parts: another Node on the machine makes all of these figures smaller. */
async function idleNode() {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
  try {
    await pause(1000);
    return pss(child.pid);
  } finally {
    child.kill();
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
