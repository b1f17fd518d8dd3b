import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeDirectory } from "../../../src/std/make-directory.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "make-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("many who make one deep directory at once all have it", async () => {
  for (let round = 0; round < 20; round++) {
    const deep = join(directory, String(round), "a", "b", "c", "d");
    await Promise.all(Array.from({ length: 8 }, () => makeDirectory(deep, 0o700)));
    expect((await stat(deep)).mode & 0o777).toBe(0o700);
  }
});

test("what is in the way is named", async () => {
  await expect(makeDirectory("/dev/null/a/b")).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeDirectory("/proc/nope/a")).rejects.toMatchObject({ code: "ENOENT" });
});
