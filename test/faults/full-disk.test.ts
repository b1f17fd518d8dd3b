import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { freePortBase } from "../support/free-port-base.ts";
import { Home, testPython } from "../support/test-sandbox.ts";

const program = `
from flytekit import task, workflow

@task
def double(x: int) -> int:
    return x * 2

@workflow
def twice(x: int) -> int:
    return double(x=x)
`;

// Runs in a mount namespace of its own, so that the small disk needs no privileges and goes away with it.
const story = `
set -u
say() { echo "STEP $1"; shift; "$@" 2>&1; echo "EXIT $?"; }
mount -t tmpfs -o size=160m tmpfs "$DISK"
say start flyte sandbox start --data-dir "$DISK/data" --port-base "$BASE" --python "$PYTHON" --quiet
export FLYTECTL_CONFIG="$HOME/.flyte/sandboxes/flyte/config.yaml"
dd if=/dev/zero of="$DISK/filler" bs=64k 2>/dev/null
say register-full flyte register "$PROGRAM" --python "$PYTHON" --version v1
say list-full flyte get task -o urn
rm "$DISK/filler"
say register flyte register "$PROGRAM" --python "$PYTHON" --version v1 -o urn
dd if=/dev/zero of="$DISK/filler" bs=64k 2>/dev/null
say launch-full flyte launch few.twice --input x=4 --name full
rm "$DISK/filler"
say launch flyte launch few.twice --input x=4 --wait
say get-full flyte get execution full
say stop flyte sandbox stop --delete-data
`;

test("a disk that fills refuses work and loses none; when there is room again it goes on", async () => {
  await using home = await Home.make();
  const disk = path.join(home.directory, "disk");
  await mkdir(disk);
  await writeFile(path.join(home.directory, "few.py"), program);
  const ran = await home.run("unshare", ["--user", "--map-root-user", "--mount", "/bin/sh", "-c", story], {
    env: { DISK: disk, BASE: String(await freePortBase()), PYTHON: testPython(), PROGRAM: path.join(home.directory, "few.py") },
  });
  const step = (name: string): { code: number; text: string } => {
    const found = new RegExp(`^STEP ${name}\\n([^]*?)^EXIT (\\d+)$`, "m").exec(ran.stdout);
    if (!found) throw new Error(`no step ${name} in:\n${ran.stdout}\n${ran.stderr}`);
    return { code: Number(found[2]), text: found[1] ?? "" };
  };
  expect(step("start")).toMatchObject({ code: 0 });
  expect(step("register-full").code, ran.stdout).toBe(4);
  expect(step("register-full").text).toMatch(/no (space|room)|full|storage/i);
  // Nothing is half registered: an entity whose create failed is not there.
  expect(step("list-full")).toEqual({ code: 0, text: "" });
  expect(step("register")).toMatchObject({ code: 0, text: expect.stringContaining("tsk:flytesnacks:development:few.double:v1") });
  expect(step("launch-full").code).toBe(4);
  expect(step("launch")).toMatchObject({ code: 0, text: expect.stringContaining("o0 = 8") });
  expect(step("get-full")).toMatchObject({ code: 4, text: expect.stringContaining("missing entity") });
  expect(step("stop").code).toBe(0);
});
