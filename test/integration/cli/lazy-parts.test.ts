import { spawnSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** By command, the files of dist/cli that importing it reads. */
function readBy(): Record<string, string[]> {
  const script = `
    const fs = process.getBuiltinModule("node:fs"), { readFileSync } = fs, read = [];
    fs.readFileSync = (file, ...rest) => (String(file).includes("/dist/cli/") && read.push(String(file).split("/").at(-1)), readFileSync(file, ...rest));
    const { loadBundle } = await import(${JSON.stringify(path.join(root, "bin/load-bundle.js"))});
    const url = new URL(${JSON.stringify(`file://${root}dist/cli/main.cjs`)}), seen = {};
    for (const id of Object.keys(loadBundle(url, "test").exports.loaders)) {
      const { exports } = loadBundle(url, "test");
      read.length = 0;
      await exports.loaders[id]();
      seen[id] = [...read];
    }
    console.log(JSON.stringify(seen));`;
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { NODE_DISABLE_COMPILE_CACHE: "1" },
  });
  expect(ran.status, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout) as Record<string, string[]>;
}

test("importing a command reads none of the large parts but flyteidl, and that only where it lists", () => {
  const read = readBy();
  expect(Object.keys(read).length).toBeGreaterThan(20);
  for (const [id, files] of Object.entries(read)) expect([[], ["idl.cjs"]], id).toContainEqual(files);
  for (const id of ["config:show", "sandbox:start", "launch", "watch", "demo"]) expect(read[id], id).toEqual([]);
});

test("what draws, and each large library, stands in its own file alone", async () => {
  const folder = path.join(root, "dist/cli");
  const marks = {
    "react.transitional.element": ["live-tree.js"],
    UND_ERR_CONNECT_TIMEOUT: ["undici.cjs"],
    YAMLParseError: ["yaml.cjs"],
    LISTR_DEFAULT_RENDERER_STYLE: ["cluster.cjs"],
    docker_engine: ["cluster.cjs"],
    WorkflowExecutionGetDataResponse: ["idl.cjs", "main.cjs", "reflection.cjs"],
  };
  const files = await readdir(folder);
  for (const [mark, holders] of Object.entries(marks)) {
    const found: string[] = [];
    for (const file of files) if ((await readFile(path.join(folder, file), "utf8")).includes(mark)) found.push(file);
    expect(found.sort(), mark).toEqual(holders);
  }
});

test("the daemon's file is without what speaks to Docker, which is loaded where tasks are containers", async () => {
  const folder = path.join(root, "dist");
  expect(await readFile(path.join(folder, "daemon.cjs"), "utf8")).not.toContain("docker_engine");
  expect(await readFile(path.join(folder, "docker-client.cjs"), "utf8")).toContain("docker_engine");
});
