import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalCompute } from "../../../src/compute/local/local-compute.ts";
import { CodeCache } from "../../../src/compute/local/code-cache.ts";
import type { Launcher } from "../../../src/compute/local/launcher.ts";
import { ManualClock, systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";
import { reaches, shellSpec } from "../../contract/compute-backend-contract.ts";
import { openBackend, temporaryDirectory, testPython } from "./open-backend.ts";

let directory: AsyncDisposable & { readonly path: string };
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory[Symbol.asyncDispose]());

/** One slot, and a launcher of the test's own. */
function computeWith(launcher: Launcher, clock: ManualClock): LocalCompute {
  return new LocalCompute({
    directory: directory.path,
    scratchRoot: directory.path,
    slots: 1,
    memory: undefined,
    clock,
    random: systemRandom,
    launcher,
    launch: {
      interpreter: { path: testPython },
      interpreterRules: [],
      secretsFile: undefined,
      baseEnv: {},
      workingDirectory: undefined,
      code: new CodeCache(join(directory.path, "code"), () => Promise.reject(new Error("no code here")), systemRandom, systemClock),
      graceSeconds: 0.5,
      logLimit: 1000,
      logTail: 1000,
    },
    log: { warn: () => {} },
  });
}

test.each(["before", "after"])(
  "an attempt whose end cannot be written down when its parent fails %s it runs is ended later",
  async (when) => {
    const clock = new ManualClock(1000);
    let failed = (): void => {};
    const failing = new Promise<void>((resolve) => (failed = resolve));
    const compute = computeWith(
      {
        async launch(request, gone) {
          // As on a full disk: nothing can be written in it.
          await rename(request.directory, `${request.directory}.away`);
          failed();
          if (when === "before") throw new Error("no more processes");
          setTimeout(() => gone("SIGKILL"), 20);
        },
      },
      clock,
    );
    await compute.adopt([]);
    await compute.create(shellSpec("a", "true"));
    await failing;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await compute.status("a")).toMatchObject({ state: "WAITING" });
    await rename(join(directory.path, "a.away"), join(directory.path, "a"));
    clock.advance(5000);
    const reason = "it was not started, and its directory could not be written to";
    expect(await reaches(compute, "a", "LOST")).toEqual({ state: "LOST", reason });
    await compute.remove("a");
    await compute.close();
  },
  6_000,
);

test("an attempt whose directory was deleted can be removed all the same, and its task ends", async () => {
  const compute = await openBackend(directory.path);
  await compute.create(shellSpec("a", "sleep 776.1"));
  await reaches(compute, "a", "RUNNING");
  await rm(join(directory.path, "compute/attempts/a"), { recursive: true });
  await compute.remove("a");
  expect(await compute.list({})).toEqual([]);
  await compute.close();
}, 6_000);

test("a removal that failed is tried again", async () => {
  const compute = await openBackend(directory.path);
  await compute.create(shellSpec("a", "sleep 776.2"));
  await reaches(compute, "a", "RUNNING");
  const own = join(directory.path, "compute/attempts/a");
  await rename(own, `${own}.away`);
  await writeFile(own, "in the way");
  const first = await compute.remove("a").then(
    () => "removed",
    () => "failed",
  );
  await rm(own);
  await rename(`${own}.away`, own);
  await compute.remove("a");
  expect([first, await compute.list({})]).toEqual(["failed", []]);
  await compute.close();
}, 6_000);
