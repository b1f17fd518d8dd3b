import { existsSync } from "node:fs";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import type { LocalBackend } from "../../../src/compute/local/open-local-compute.ts";
import { systemClock, type Clock } from "../../../src/std/clock.ts";
import { logText, reaches, shellSpec } from "../../contract/compute-backend-contract.ts";
import { openBackend, temporaryDirectory } from "./open-backend.ts";

/** Timers that are due in more than ten seconds are called at once, when `go` is. */
class Hasty implements Clock {
  #waiting: (() => void)[] = [];
  readonly now = (): number => systemClock.now();

  at(at: number, fire: () => void): () => void {
    if (at - this.now() < 10_000) return systemClock.at(at, fire);
    this.#waiting.push(fire);
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== fire);
    };
  }

  go(): void {
    for (const fire of this.#waiting.splice(0)) fire();
  }
}

async function become(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not come to be");
}

async function done(backend: LocalBackend, name: string, ...spec: [string?, object?]): Promise<void> {
  await backend.create(shellSpec(name, ...(spec as [string])));
  expect(await reaches(backend, name, "EXITED", "REFUSED", "LOST")).toMatchObject({ exitCode: 0 });
}

test("of attempts that were removed, logs too old or beyond the number go; those of others stay", async () => {
  await using directory = await temporaryDirectory();
  const clock = new Hasty();
  const backend = await openBackend(directory.path, { clock, retention: { logs: 2 } });
  try {
    const names = ["there", "oldest", "older", "newer", "newest"];
    for (const [index, name] of names.entries()) {
      await done(backend, name, `echo ${name}`);
      if (name !== "there") await backend.remove(name);
      const time = 1_700_000_000 + index;
      await utimes(join(directory.path, "compute/attempts", name, "log"), time, time);
    }
    expect(names.map((name) => backend.hasLog(name))).toEqual([true, true, true, true, true]);
    // All of them are older than the age that is the default.
    clock.go();
    await become(() => !backend.hasLog("older"));
    expect(names.filter((name) => backend.hasLog(name))).toEqual(["there"]);
    expect(await logText(backend, "there")).toBe("there\n");
    expect(await logText(backend, "newest")).toBe("");
    expect(await readdir(join(directory.path, "compute/attempts"))).toEqual(["there"]);

    for (const name of ["one", "two", "three"]) {
      await done(backend, name, `echo ${name}`);
      await backend.remove(name);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await become(() => {
      clock.go();
      return !backend.hasLog("one");
    });
    expect(await logText(backend, "two")).toBe("two\n");
    expect(await logText(backend, "three")).toBe("three\n");
  } finally {
    await backend.remove("there");
    await backend.close();
  }
});

test("code beyond the limit goes, unless an attempt runs it, and comes back when it is needed", async () => {
  await using directory = await temporaryDirectory();
  const clock = new Hasty();
  const fetched: string[] = [];
  const fetchCode = async (uri: string): Promise<AsyncIterable<Uint8Array>> => {
    fetched.push(uri);
    const tar = pack();
    tar.entry({ name: "code.txt" }, `of ${uri}\n`);
    tar.finalize();
    const parts: Uint8Array[] = [];
    for await (const part of tar as unknown as AsyncIterable<Uint8Array>) parts.push(part);
    return (async function* () {
      yield gzipSync(Buffer.concat(parts));
    })();
  };
  const backend = await openBackend(directory.path, { clock, fetchCode, retention: { codeBytes: 0 } });
  const [used, unused] = ["s3://b/used.tar.gz", "s3://b/unused.tar.gz"];
  const runs = (uri: string, script: string) => ({
    command: ["pyflyte-fast-execute", "--additional-distribution", uri, "--dest-dir", ".", "--", "sh", "-c", script],
  });
  const places = async (): Promise<number> => (await readdir(join(directory.path, "code"))).filter((name) => !name.startsWith(".")).length;
  try {
    await done(backend, "before", "", runs(unused, "cat code.txt"));
    await backend.create(shellSpec("running", "", runs(used, `until test -e ${directory.path}/go; do sleep 0.05; done; cat code.txt`)));
    await reaches(backend, "running", "RUNNING");
    expect(await places()).toBe(2);
    clock.go();
    await become(async () => (await places()) === 1);
    await done(backend, "touch", `touch ${directory.path}/go`);
    expect(await reaches(backend, "running", "EXITED")).toMatchObject({ exitCode: 0 });
    expect(await logText(backend, "running")).toBe(`of ${used}\n`);
    await done(backend, "again", "", runs(unused, "cat code.txt"));
    expect(await logText(backend, "again")).toBe(`of ${unused}\n`);
    expect(fetched).toEqual([unused, used, unused]);
    await become(async () => {
      clock.go();
      return (await places()) === 0;
    });
    expect(existsSync(join(directory.path, "code"))).toBe(true);
    expect((await readdir(join(directory.path, "code"))).filter((name) => name.startsWith(".removing"))).toEqual([]);
  } finally {
    for (const name of await backend.list({})) await backend.remove(name);
    await backend.close();
  }
});
