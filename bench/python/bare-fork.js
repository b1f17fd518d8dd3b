import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { testPython } from "../../scripts/test-python.js";

/** One interpreter that has imported flytekit and tasks.py, and at each `run` forks flytekit's entry point ten times. */
export function bareFork() {
  const child = spawn(testPython(), [path.join(import.meta.dirname, "bare_fork.py")], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exit = once(child, "exit");
  return {
    async run() {
      child.stdin.write("run\n");
      const { value } = await lines.next();
      if (value !== "done") throw new Error(`the bare forks did not come to their end: ${value}`);
    },
    async close() {
      child.stdin.end();
      await exit;
    },
  };
}
