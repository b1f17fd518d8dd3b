import { spawn } from "node:child_process";
import os from "node:os";
import path from "node:path";

/** The Python with flytekit that tests compare with. */
export const testPython = process.env["FLYTE_TEST_PYTHON"] ?? path.join(os.homedir(), ".cache/flyte-test-python/bin/python");

/** Runs a script with the test Python; resolves to its standard output, rejects with its standard error when it fails. */
export function runPython(script: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(testPython, [script, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString("utf8"));
      else reject(new Error(`${path.basename(script)} ended with ${code}: ${Buffer.concat(err).toString("utf8")}`));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
