import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ComputeSpec } from "../../../src/ports/compute-backend.ts";
import { logText, reaches, shellSpec } from "../../contract/compute-backend-contract.ts";
import { openBackend, temporaryDirectory } from "./open-backend.ts";

const daemon = fileURLToPath(new URL("./daemon.ts", import.meta.url));

/** Runs the daemon until it has printed all the lines, or so many, then kills it: alone, or with its whole group. */
async function killedAfter(
  directory: string,
  slots: number,
  specs: readonly ComputeSpec[],
  until: readonly string[] | number,
  group: boolean,
): Promise<void> {
  const child = spawn(process.execPath, [daemon, directory, String(slots), JSON.stringify(specs)], {
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
  process.kill(group ? -(child.pid ?? 0) : (child.pid ?? 0), "SIGKILL");
  await exited;
}

/** Every attempt writes to it with O_APPEND when it begins and when it ends: the judge of what ran, and how often. */
const witness = (directory: string, name: string, more: string): ComputeSpec =>
  shellSpec(name, `echo ${name} begins >> ${directory}/witness; ${more}; echo ${name} ends >> ${directory}/witness; echo said ${name}`);

describe.each([
  ["alone", false],
  ["with its group", true],
] as const)("a daemon killed with -9 %s", (_title, group) => {
  test("is taken over from: what ended is not run again, what runs goes on, what waited runs", async () => {
    await using directory = await temporaryDirectory();
    const go = join(directory.path, "go");
    const untilGo = `while [ ! -e ${go} ]; do sleep 0.02; done`;
    const specs = [
      witness(directory.path, "short", "true"),
      witness(directory.path, "long", untilGo),
      witness(directory.path, "other", `${untilGo}; exit 7`),
      witness(directory.path, "waits", "true"),
      witness(directory.path, "waits-too", "true"),
    ];
    await killedAfter(directory.path, 2, specs, ["short EXITED", "long RUNNING", "other RUNNING", "waits-too CREATED"], group);

    const backend = await openBackend(directory.path);
    try {
      expect((await backend.status("short"))?.state).toBe("EXITED");
      expect((await backend.status("long"))?.state).toBe("RUNNING");
      expect((await backend.status("other"))?.state).toBe("RUNNING");
      expect(await backend.status("waits")).toEqual({ state: "WAITING", reason: "waiting for a free slot (2 of 2 in use)" });
      expect([...(await backend.list({}))].sort()).toEqual(["long", "other", "short", "waits", "waits-too"]);
      await backend.create(specs[0] as ComputeSpec);
      await writeFile(go, "");
      for (const { name } of specs) {
        expect(await reaches(backend, name, "EXITED", "LOST", "REFUSED")).toMatchObject({
          state: "EXITED",
          exitCode: name === "other" ? 7 : 0,
        });
      }
      const lines = (await readFile(join(directory.path, "witness"), "utf8")).trim().split("\n").sort();
      expect(lines).toEqual(
        [
          "long begins",
          "long ends",
          "other begins",
          "short begins",
          "short ends",
          "waits begins",
          "waits ends",
          "waits-too begins",
          "waits-too ends",
        ].sort(),
      );
      expect(await logText(backend, "long")).toBe("said long\n");
    } finally {
      for (const name of await backend.list({})) await backend.remove(name);
      await backend.close();
    }
  });
});

test("killed at any moment, and again, every attempt runs once to its end", async () => {
  await using directory = await temporaryDirectory();
  const specs = Array.from({ length: 12 }, (_, at) => witness(directory.path, `a${at}`, "sleep 0.05"));
  // Every daemon prints a line for each of the twelve at least.
  for (const lines of [1, 3, 6, 8, 10, 12]) await killedAfter(directory.path, 3, specs, lines, lines % 4 === 0);
  const backend = await openBackend(directory.path, { slots: 3 });
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

describe("an attempt whose parent is killed is LOST, and nothing of it goes on", () => {
  test("while the daemon is there", async () => {
    await using directory = await temporaryDirectory();
    const backend = await openBackend(directory.path);
    try {
      await backend.create(shellSpec("x", `sleep 600 & echo $$ $! > ${directory.path}/pids; wait`));
      const pids = await pidsIn(join(directory.path, "pids"));
      await killParent(directory.path, "x");
      expect(await reaches(backend, "x", "LOST")).toMatchObject({ reason: expect.stringContaining("SIGKILL") });
      expect(pids.filter(alive)).toEqual([]);
    } finally {
      await backend.remove("x");
      await backend.close();
    }
  });

  test("while it is not", async () => {
    await using directory = await temporaryDirectory();
    await killedAfter(directory.path, 2, [shellSpec("x", `sleep 600 & echo $$ $! > ${directory.path}/pids; wait`)], ["x RUNNING"], true);
    const pids = await pidsIn(join(directory.path, "pids"));
    await killParent(directory.path, "x");
    const backend = await openBackend(directory.path);
    try {
      expect(await backend.status("x")).toMatchObject({ state: "LOST" });
      expect(pids.filter(alive)).toEqual([]);
      await backend.close();
      const again = await openBackend(directory.path);
      expect(await again.status("x")).toMatchObject({ state: "LOST" });
      await again.remove("x");
      await again.close();
      expect(await readdir(join(directory.path, "compute/attempts/x"))).toEqual(["log"]);
    } finally {
      await backend.close();
    }
  });
});

test("process numbers that others have now are not taken for the attempt, nor killed", async () => {
  await using directory = await temporaryDirectory();
  await killedAfter(directory.path, 2, [shellSpec("x", "sleep 600")], ["x RUNNING"], true);
  await killParent(directory.path, "x");
  const file = join(directory.path, "compute/attempts/x/started.json");
  const started = JSON.parse(await readFile(file, "utf8")) as { leader: number };
  // A session of its own, started later: as if it had got the number of the attempt's.
  const stranger = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  await once(stranger, "spawn");
  await writeFile(file, JSON.stringify({ ...started, shim: process.pid, leader: stranger.pid }));
  const backend = await openBackend(directory.path);
  try {
    expect(await backend.status("x")).toMatchObject({ state: "LOST" });
    expect(alive(started.leader)).toBe(false);
    expect(stranger.signalCode).toBe(null);
    expect(alive(stranger.pid ?? 0)).toBe(true);
  } finally {
    stranger.kill("SIGKILL");
    await backend.remove("x");
    await backend.close();
  }
});

async function killParent(directory: string, name: string): Promise<void> {
  const started = JSON.parse(await readFile(join(directory, `compute/attempts/${name}/started.json`), "utf8")) as { shim: number };
  process.kill(started.shim, "SIGKILL");
  while (alive(started.shim)) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function pidsIn(path: string): Promise<number[]> {
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.endsWith("\n")) return text.trim().split(" ").map(Number);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Dead ones that nobody has waited for do not count. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== "linux" || !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
