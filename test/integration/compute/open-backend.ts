import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalCompute, type LocalBackend, type LocalComputeOptions } from "../../../src/compute/local/open-local-compute.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";

export const testPython = process.env["FLYTE_TEST_PYTHON"] ?? join(homedir(), ".cache/flyte-test-python/bin/python");

/** A directory that is gone when the test is. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "compute-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The local backend on `directory` with two slots and a short grace. */
export function openBackend(directory: string, options: Partial<LocalComputeOptions> = {}): Promise<LocalBackend> {
  return openLocalCompute({
    directory: join(directory, "compute"),
    codeCache: join(directory, "code"),
    interpreter: { path: testPython },
    slots: 2,
    clock: systemClock,
    random: systemRandom,
    graceSeconds: 0.5,
    fetchCode: () => Promise.reject(new Error("no code here")),
    logger: { warn: (message, details) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`) },
    ...options,
  });
}
