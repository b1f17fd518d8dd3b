import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { testPython } from "../../scripts/test-python.js";

/** One interpreter that has imported flytekit and tasks.py, and at each `run` forks flytekit's entry point ten times. */
export function bareFork() {
  const child = spawn(testPython(), [path.join(import.meta.dirname, "bare_fork.py")], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  return {
    async run() {
      const answer = once(lines, "line");
      child.stdin.write("run\n");
      const [line] = await Promise.race([answer, once(child, "exit").then(() => ["ended"])]);
      if (line !== "done") throw new Error(`the bare forks did not come to their end: ${line}`);
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
