import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { ComputeSpec } from "../../../src/ports/compute-backend.ts";
import { logText, reaches } from "../../contract/compute-backend-contract.ts";
import { Archives, left, taskSpec } from "./flytekit-task.ts";
import { openBackend, temporaryDirectory } from "./open-backend.ts";
import { processesWith, warmInterpreters } from "./warm-processes.ts";

const daemon = fileURLToPath(new URL("./daemon.ts", import.meta.url));

/** Runs a daemon with warm interpreters until it has printed all the lines, or so many, then kills it with -9. */
async function killedAfter(directory: string, specs: readonly ComputeSpec[], until: readonly string[] | number): Promise<number> {
  const child = spawn(process.execPath, [daemon, directory, "3", JSON.stringify(specs), "warm"], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const missing = new Set(typeof until === "number" ? [] : until);
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    missing.delete(line);
    if (++lines >= (typeof until === "number" ? until : 1) && missing.size === 0) break;
  }
  expect([...missing]).toEqual([]);
  const { bases } = warmInterpreters(child.pid);
  child.kill("SIGKILL");
  await exited;
  await expect.poll(() => processesWith("zygote.py").filter(({ pid }) => bases.includes(pid)), { timeout: 5000 }).toEqual([]);
  killed.push(child.pid ?? 0);
  return bases.length;
}

/** Interpreters tidy up when they end; what one could not, as it was killed too, the next daemon does. */
const killed: number[] = [];
afterEach(async () => {
  const left = (): string[] => readdirSync(tmpdir()).filter((name) => killed.some((pid) => name.startsWith(`flyte-warm-${pid}-`)));
  await expect.poll(left, { timeout: 5000 }).toEqual([]);
});

/** Fills the code cache, which the daemons share, so that they need no object store. */
async function unpacked(directory: string, module: string): Promise<string> {
  const archives = new Archives();
  const uri = await archives.add({ "tasks.py": module });
  const backend = await openBackend(directory, { fetchCode: archives.fetchCode, warm: true });
  await backend.create(taskSpec(directory, "fill", uri, "quick"));
  await reaches(backend, "fill", "EXITED");
  await backend.remove("fill");
  await backend.close();
  return uri;
}

const module = (directory: string): string => `
import os, sys, time
from flytekit import task
WITNESS = "${directory}/witness"

def say(text):
    with open(WITNESS, "a") as file:
        file.write(os.environ["FLYTE_INTERNAL_EXECUTION_ID"] + " " + text + "\\n")

@task
def quick() -> str:
    return "x"

@task
def short() -> str:
    say("begins"); time.sleep(0.05); say("ends")
    return "short"

@task
def waits() -> str:
    say("begins")
    print("waiting", flush=True)
    while not os.path.exists("${directory}/go"):
        time.sleep(0.02)
    say("ends")
    with open("/proc/self/cmdline") as file:
        return os.path.basename(file.read().split("\\0")[1])

@task
def fails() -> str:
    say("begins")
    while not os.path.exists("${directory}/go"):
        time.sleep(0.02)
    say("ends")
    sys.exit(9)
`;

test("attempts outlive a daemon killed with -9, its interpreters do not; the next daemon takes the attempts up", async () => {
  await using directory = await temporaryDirectory();
  const uri = await unpacked(directory.path, module(directory.path));
  const spec = (name: string, task: string): ComputeSpec =>
    taskSpec(directory.path, name, uri, task, { env: { FLYTE_INTERNAL_EXECUTION_ID: name } });
  const specs = [spec("short", "short"), spec("long", "waits"), spec("fails", "fails"), spec("later", "waits"), spec("last", "short")];
  const bases = await killedAfter(directory.path, specs, ["short EXITED", "long RUNNING", "fails RUNNING", "later RUNNING"]);
  expect(bases).toBe(1);
  const backend = await openBackend(directory.path, { slots: 3, warm: true });
  try {
    expect((await backend.status("short"))?.state).toBe("EXITED");
    for (const name of ["long", "fails", "later"]) expect((await backend.status(name))?.state).toBe("RUNNING");
    expect((await backend.status("last"))?.state).toBe("WAITING");
    await writeFile(join(directory.path, "go"), "");
    for (const { name } of specs) {
      const status = await reaches(backend, name, "EXITED", "LOST", "REFUSED");
      expect(status).toMatchObject({ state: "EXITED", exitCode: name === "fails" ? 9 : 0 });
    }
    expect(left(directory.path, "long").output).toBe("zygote.py");
    expect(left(directory.path, "last").output).toBe("short");
    expect(await logText(backend, "long")).toBe("\nwaiting\n");
    const lines = (await readFile(join(directory.path, "witness"), "utf8")).trim().split("\n").sort();
    expect(lines).toEqual(specs.flatMap(({ name }) => [`${name} begins`, `${name} ends`]).sort());
  } finally {
    for (const name of await backend.list({})) await backend.remove(name);
    await backend.close();
  }
});

test("an attempt that ended while no daemon was there is known to have ended", async () => {
  await using directory = await temporaryDirectory();
  const uri = await unpacked(directory.path, module(directory.path));
  await killedAfter(directory.path, [taskSpec(directory.path, "a", uri, "waits")], ["a RUNNING"]);
  await writeFile(join(directory.path, "go"), "");
  await expect
    .poll(() => readFile(join(directory.path, "compute/attempts/a/exit.json"), "utf8").catch(() => ""), { timeout: 5000 })
    .not.toBe("");
  const backend = await openBackend(directory.path, { warm: true });
  expect(await backend.status("a")).toMatchObject({ state: "EXITED", exitCode: 0 });
  await backend.remove("a");
  await backend.close();
});

test("killed at any moment, and again, every attempt runs once to its end", async () => {
  await using directory = await temporaryDirectory();
  const uri = await unpacked(directory.path, module(directory.path));
  const specs = Array.from({ length: 12 }, (_, at) =>
    taskSpec(directory.path, `a${at}`, uri, "short", { env: { FLYTE_INTERNAL_EXECUTION_ID: `a${at}` } }),
  );
  for (const lines of [12, 13, 15, 18]) await killedAfter(directory.path, specs, lines);
  const backend = await openBackend(directory.path, { slots: 3, warm: true });
  try {
    for (const spec of specs) await backend.create(spec);
    for (const { name } of specs) expect(await reaches(backend, name, "EXITED", "LOST", "REFUSED")).toMatchObject({ exitCode: 0 });
    const lines = (await readFile(join(directory.path, "witness"), "utf8")).trim().split("\n").sort();
    expect(lines).toEqual(specs.flatMap(({ name }) => [`${name} begins`, `${name} ends`]).sort());
  } finally {
    for (const name of await backend.list({})) await backend.remove(name);
    await backend.close();
  }
});
