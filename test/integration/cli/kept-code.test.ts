import { glob, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { Workspace } from "./run-cli.ts";

const kept = (workspace: Workspace): Promise<string[]> => Array.fromAsync(glob("code/**/*.code", { cwd: workspace.directory }));
const env = (workspace: Workspace): Record<string, string> => ({ NODE_COMPILE_CACHE: path.join(workspace.directory, "code") });

test("what V8 compiled for a command is kept, for that command, by a run that ends well", async () => {
  await using workspace = await Workspace.make();
  await workspace.run(["config", "show", "--nope"], env(workspace));
  expect(await kept(workspace)).toEqual([]);
  const first = await workspace.run(["config", "show"], env(workspace));
  const [file = "", ...others] = await kept(workspace);
  expect(others).toEqual([]);
  expect(path.basename(file)).toBe("config-show-main.cjs.code");
  const { ino, mode } = await stat(path.join(workspace.directory, file));
  expect(mode & 0o777).toBe(0o600);
  expect(await workspace.run(["config", "show"], env(workspace))).toEqual(first);
  expect((await stat(path.join(workspace.directory, file))).ino).toBe(ino);
});

test.each([
  ["of another bundle", (code: Buffer) => Buffer.concat([Buffer.alloc(64, "0"), code.subarray(64)])],
  ["V8 does not take", (code: Buffer) => Buffer.concat([code.subarray(0, 64), Buffer.alloc(4096, 7)])],
  ["cut short", (code: Buffer) => code.subarray(0, 1000)],
  ["nothing", () => Buffer.alloc(0)],
])("code that is %s is not run, and replaced", async (_what, spoil) => {
  await using workspace = await Workspace.make();
  const first = await workspace.run(["--version"], env(workspace));
  expect(first).toMatchObject({ code: 0, stderr: "" });
  const [name = ""] = await kept(workspace);
  const file = path.join(workspace.directory, name);
  const good = await readFile(file);
  await writeFile(file, spoil(good));
  expect(await workspace.run(["--version"], env(workspace))).toEqual(first);
  expect((await readFile(file)).subarray(0, 64)).toEqual(good.subarray(0, 64));
  expect((await stat(file)).size).toBeGreaterThan(good.length / 2);
});

test("words that are no command keep no code under their names, and NODE_DISABLE_COMPILE_CACHE none at all", async () => {
  await using workspace = await Workspace.make();
  for (const args of [["../../x"], ["constructor"], ["get", "nothing"]]) await workspace.run(args, env(workspace));
  expect(await kept(workspace)).toEqual([]);
  await workspace.run(["--version"], { ...env(workspace), NODE_DISABLE_COMPILE_CACHE: "1" });
  expect(await kept(workspace)).toEqual([]);
});
