import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ComputeBackend, ComputeStatus } from "../../../src/ports/compute-backend.ts";
import { logText, reaches, shellSpec } from "../../contract/compute-backend-contract.ts";
import { openBackend, temporaryDirectory, testPython } from "./open-backend.ts";

let directory: AsyncDisposable & { readonly path: string };
let backend: ComputeBackend & { close(): Promise<void> };
beforeEach(async () => {
  directory = await temporaryDirectory();
  backend = await openBackend(directory.path);
  for (const name of ["in", "out"]) await mkdir(path.join(directory.path, name));
  await writeFile(path.join(directory.path, "in/x"), "5");
});
afterEach(async () => {
  for (const name of await backend.list({})) await backend.remove(name);
  await backend.close();
  await directory[Symbol.asyncDispose]();
});

function create(script: string, inputs: string, outputs: string): Promise<void> {
  const directories = [
    { host: path.join(directory.path, "in"), path: inputs, isOutput: false },
    { host: path.join(directory.path, "out"), path: outputs, isOutput: true },
  ];
  return backend.create(shellSpec("a", script, { directories }));
}

async function run(...as: Parameters<typeof create>): Promise<ComputeStatus> {
  await create(...as);
  return reaches(backend, "a", "EXITED", "REFUSED", "LOST");
}

const left = (name: string): Promise<string> => readFile(path.join(directory.path, "out", name), "utf8");

// Below what exists, below nothing that does, at the top, where there is something already, one within the other.
test.each([
  ["/var/flyte-test/inputs", "/var/flyte-test/outputs"],
  ["/flyte-test-in", "/flyte-test/out"],
  ["/srv", "/opt"],
  ["/usr/flyte-test", "/var/flyte-test"],
  ["/mnt/flyte-test", "/mnt/flyte-test/out"],
])("a task finds its inputs at %s and leaves its outputs at %s, and nobody else sees either", async (inputs, outputs) => {
  const before = await Promise.all(["/", "/var", "/srv", "/opt", "/mnt", "/usr"].map((one) => readdir(one)));
  const script = `set -e; cat ${inputs}/x > ${outputs}/y; ls /usr/bin/env /proc/self/status > ${outputs}/others; id -u > ${outputs}/user; ls ${inputs}; echo $TMPDIR > ${outputs}/tmp; touch $TMPDIR/t`;
  expect(await run(script, inputs, outputs), await logText(backend, "a")).toMatchObject({ state: "EXITED", exitCode: 0 });
  expect(await left("y")).toBe("5");
  expect(await left("others")).toBe("/proc/self/status\n/usr/bin/env\n");
  expect(await left("user")).toBe(`${process.getuid?.()}\n`);
  expect(await Promise.all(["/", "/var", "/srv", "/opt", "/mnt", "/usr"].map((one) => readdir(one)))).toEqual(before);
});

test("both are mounts of the task's own", async () => {
  expect(
    await run("mount | grep -c flyte-test > /var/flyte-test/out/mounts; exit 3", "/var/flyte-test/in", "/var/flyte-test/out"),
  ).toMatchObject({
    exitCode: 3,
  });
  expect(Number(await left("mounts"))).toBeGreaterThanOrEqual(2);
});

test("a directory that cannot be had refuses the task, with what helps", async () => {
  expect(await run("true", "/etc/passwd/in", "/var/flyte-test/out")).toEqual({
    state: "REFUSED",
    reason: expect.stringContaining("its directories of inputs and outputs cannot be had on this machine (") as string,
    hint: expect.stringContaining("--compute docker") as string,
  });
});

test("they outlive the daemon: a task goes on, and ends, and its outputs are here", async () => {
  const script = "while [ ! -e /var/flyte-test/in/go ]; do sleep 0.05; done; echo done > /var/flyte-test/out/y";
  await create(script, "/var/flyte-test/in", "/var/flyte-test/out");
  await reaches(backend, "a", "RUNNING");
  await backend.close();
  backend = await openBackend(directory.path);
  await writeFile(path.join(directory.path, "in/go"), "");
  expect(await reaches(backend, "a", "EXITED", "REFUSED", "LOST")).toMatchObject({ exitCode: 0 });
  expect(await left("y")).toBe("done\n");
});

test("a user who may not mount has them by a namespace of its own, as the same user", async () => {
  // Root gives up its right to mount, which others do not have: 24 is PR_CAPBSET_DROP, 21 CAP_SYS_ADMIN.
  const program = `import ctypes, os, sys
own, source, staging = sys.argv[1:4]
if len(sys.argv) == 4:
    ctypes.CDLL(None).prctl(24, 21, 0, 0, 0)
    os.execv(sys.executable, [sys.executable, "-c", *sys.orig_argv[2:], "again"])
sys.path.insert(0, own)
import mounts
mounts.apply_mounts([{"source": source, "target": "/var/flyte-test/in"}], staging)
os.execv("/bin/sh", ["sh", "-c", "cat /var/flyte-test/in/x; id -u; wc -l < /proc/self/uid_map; cat /proc/self/setgroups"])`;
  const staging = path.join(directory.path, "staging");
  await mkdir(staging);
  const own = path.join(import.meta.dirname, "../../../src/compute/local");
  const ran = spawnSync(testPython, ["-c", program, own, path.join(directory.path, "in"), staging], { encoding: "utf8" });
  expect([ran.stdout, ran.stderr]).toEqual([`5${process.getuid?.()}\n1\ndeny\n`, ""]);
});
