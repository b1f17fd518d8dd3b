import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { relink } from "../../../src/copilot/relink.ts";

let directory: string;
const at = (name: string): string => path.join(directory, name);
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "flyte-relink-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("links by the path under which a task knew its directory lead to the same files here, and no others are touched", async () => {
  await mkdir(at("d/deep"), { recursive: true });
  await writeFile(at("x"), "5");
  const links = {
    top: "/var/outputs/x",
    "d/deep/up": "/var/outputs/x",
    near: "x",
    far: "/etc/passwd",
    beside: "/var/outputs-of-others/x",
    out: "/var/outputs/../secrets",
  };
  for (const [name, target] of Object.entries(links)) await symlink(target, at(name));
  await relink(directory, "/var/outputs");
  await relink(directory, "/var/outputs");
  expect(await Promise.all(["top", "d/deep/up", "near"].map((name) => readFile(at(name), "utf8")))).toEqual(["5", "5", "5"]);
  expect(await Promise.all(["near", "far", "beside"].map((name) => readlink(at(name))))).toEqual([links.near, links.far, links.beside]);
  // Which the upload refuses: it leads out.
  expect(await readlink(at("out"))).toBe("../secrets");
});
