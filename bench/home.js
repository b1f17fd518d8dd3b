import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { run } from "./measure.js";

const bin = path.join(import.meta.dirname, "../bin/run.js");

/** An empty HOME, and our command line in it. NODE_EXTRA_CA_CERTS would cost every start 35 ms that are not ours. */
export function emptyHome() {
  const directory = mkdtempSync(path.join(os.tmpdir(), "flyte-bench-"));
  const env = { HOME: directory, PATH: process.env.PATH, TMPDIR: directory };
  return {
    env,
    flyte: (...args) => run(process.execPath, [bin, ...args], env),
    floor: () => run(process.execPath, ["-e", "0"], env),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
