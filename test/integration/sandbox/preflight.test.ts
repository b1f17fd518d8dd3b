import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDataDirectory } from "../../../src/host/data-directory-lock.ts";
import { checkDataDirectory } from "../../../src/sandbox/preflight.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "preflight-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("a directory with somebody's files is not taken: stopping may delete the data directory", async () => {
  await mkdir(join(directory, "thesis"));
  await writeFile(join(directory, "thesis", "chapter-1.tex"), "hard work");
  await expect(checkDataDirectory(directory)).rejects.toMatchObject({
    code: "SANDBOX_DATA_DIR_FOREIGN",
    message: `${directory} holds other files, and a sandbox's data directory may be deleted with it`,
  });
});

test("a new one, an empty one, and one that a daemon has served from are taken", async () => {
  await checkDataDirectory(join(directory, "new", "deep"));
  await checkDataDirectory(join(directory, "new", "deep"));
  lockDataDirectory(join(directory, "used"), "flyte")();
  await writeFile(join(directory, "used", "flyte.db"), "");
  await checkDataDirectory(join(directory, "used"));
});
