import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workspace } from "../support/conformance-driver.ts";
import { Home, startTestSandbox, testPython } from "../support/test-sandbox.ts";

interface Execution {
  readonly phase: string;
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly message: string } | null;
}

let home: Home;
beforeAll(async () => {
  home = await Home.make();
  const tracks = path.join(home.directory, "tracks.db");
  const program = `import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    database.execute("create table tracks (name text, length integer)")
    database.executemany("insert into tracks values (?, ?)", [("d", 40), ("a", 5), ("c", 30), ("b", 20)])`;
  const made = await home.run(testPython(), ["-c", program, tracks]);
  expect(made.code, made.stderr).toBe(0);
  home.env["TRACKS"] = tracks;
  await startTestSandbox(home);
});
afterAll(() => home?.[Symbol.asyncDispose]());

async function run(workflow: string, ...inputs: readonly string[]): Promise<Execution> {
  const cwd = path.join(workspace, "extras");
  const ran = await home.run("pyflyte", ["run", "--remote", "extras.py", workflow, ...inputs], { cwd });
  const execution = /executions\/(\w+)/.exec(ran.stdout)?.[1] ?? "";
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  await home.flyte("watch", execution);
  return home.data<Execution>("get", "execution", execution);
}

test("a shell script takes a file and leaves a file and a directory; one that fails says what it wrote", async () => {
  const [counting, breaking] = await Promise.all([run("counting", "--prefix", "p-"), run("breaking")]);
  expect(counting).toMatchObject({ phase: "SUCCEEDED", outputs: { words: 3, parts: "p-one p-three p-two" } });
  expect(breaking.phase).toBe("FAILED");
  expect(breaking.error?.message).toContain("out of paper");
});

test("a query of a SQLite database gives the next task its rows", async () => {
  expect(await run("querying", "--least", "10")).toMatchObject({ phase: "SUCCEEDED", outputs: { names: "b c", length: 50 } });
});
