import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** The interpreter with the real clients, which scripts/test.js sets; else any Python 3 of this machine. */
export function testPython(): string {
  const cached = path.join(os.homedir(), ".cache/flyte-test-python/bin/python");
  return process.env["FLYTE_TEST_PYTHON"] || (existsSync(cached) ? cached : "/usr/bin/python3");
}
