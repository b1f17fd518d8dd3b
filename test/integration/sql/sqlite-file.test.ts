import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FlyteError } from "../../../src/std/errors.ts";
import { ManualClock } from "../../../src/std/clock.ts";
import { migrations } from "../../../src/stores/sql/migrate.ts";
import { openSqlite } from "../../../src/stores/sql/open-sqlite.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { openStores, type Stores } from "../../../src/stores/sql/open-stores.ts";
import { execution, project, task, workflow } from "../../contract/state-rows.ts";
import { everything } from "../../contract/state-store-contract.ts";

let directory = "";
let path = "";
const clock = new ManualClock();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "flyte-sqlite-"));
  path = join(directory, "flyte.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const refusal = async (opening: Promise<unknown>): Promise<FlyteError> => {
  const thrown = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(thrown instanceof FlyteError)) throw new Error(`not refused with a FlyteError: ${String(thrown)}`);
  return thrown;
};

function spawnWriter(prefix: string): ChildProcess {
  const script = fileURLToPath(new URL("writer-process.ts", import.meta.url));
  return spawn(process.execPath, [script, path, prefix], { stdio: ["ignore", "pipe", "inherit"] });
}

/** The lines a child prints, until it prints `enough` or ends. */
async function kill(child: ChildProcess, enough: number): Promise<string[]> {
  let text = "";
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (chunk: string) => {
    text += chunk;
    if (text.split("\n").length > enough) child.kill("SIGKILL");
  });
  await once(child, "close");
  return text.split("\n").slice(0, -1);
}

test("kill -9 under 100 writers, five times: nothing acknowledged is lost, nothing is half there", async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 5; round++) {
    const [opened, ...lines] = await kill(spawnWriter(`r${round}`), 300 + 150 * round);
    expect(opened).toBe("open");
    expect(lines.length).toBeGreaterThan(200);
    acknowledged.push(...lines);

    const { state, workflows, close } = await openStores({ path, clock });
    const all = { ...everything, limit: Infinity };
    const executions = new Set((await state.read.executions.list(all)).map((row) => row.id.name));
    const tasks = new Set((await state.read.tasks.list(all)).map((row) => row.version));
    const active = new Set((await workflows.listActive()).map((id) => id.name));
    await close();
    expect(acknowledged.filter((name) => !executions.has(name) || !tasks.has(name) || !active.has(name))).toEqual([]);
    expect(tasks).toEqual(executions);
    const raw = new DatabaseSync(path, { readOnly: true });
    expect(raw.prepare("PRAGMA quick_check").get()).toMatchObject({ quick_check: "ok" });
    raw.close();
  }
});

test("a second opener is refused and told who holds the file; after a kill or a close it is free", async () => {
  const child = spawnWriter("held");
  child.stdout?.resume();
  const ended = once(child, "close");
  await once(child.stdout ?? child, "data");
  const refused = await refusal(openStores({ path, clock }));
  expect(refused).toMatchObject({ code: "DATABASE_IN_USE", blame: "environment", message: `${path} is in use by process ${child.pid}` });
  child.kill("SIGKILL");
  await ended;

  const first = await openStores({ path, clock });
  expect(await refusal(openStores({ path, clock }))).toMatchObject({ code: "DATABASE_IN_USE", details: { pid: process.pid } });
  await first.state.write((writer) => writer.projects.insert(project()));
  await first.close();
  await first.close();
  const second = await openStores({ path, clock });
  expect(await second.state.read.projects.get("p")).toBeDefined();
  await second.close();
  expect(readdirSync(directory).sort()).toEqual(["flyte.db", "flyte.db.lock"]);
});

test("a newer format is refused and left as it is", async () => {
  await (await openStores({ path, clock })).close();
  const raw = new DatabaseSync(path);
  raw.exec(`UPDATE data_format SET number = ${migrations.length + 1}`);
  raw.close();
  const refused = await refusal(openStores({ path, clock }));
  expect(refused).toMatchObject({ code: "DATABASE_FORMAT_NEWER", blame: "environment" });
  expect(refused.message).toBe(
    `${path} has data format ${migrations.length + 1}, this version of flyte knows formats up to ${migrations.length}`,
  );
  expect(refused.hint).not.toBe("");
  const again = new DatabaseSync(path);
  expect(again.prepare("SELECT number FROM data_format").all()).toEqual([{ number: migrations.length + 1 }]);
  again.close();
});

test("an older format is copied, migrated, and keeps its rows; a fresh file is not copied", async () => {
  const older = await openSqlite({ path, clock, migrations: migrations.slice(0, 1) });
  await older.write((db) =>
    db
      .insertInto("projects")
      .values({ identifier: "old", name: "", description: "", labels: new Uint8Array(), state: 0, created_at: "", updated_at: "" })
      .execute(),
  );
  await older.close();
  expect(readdirSync(directory)).not.toContain("flyte.db.format-1.backup");

  const { state, workflows, close } = await openStores({ path, clock });
  expect(await state.read.projects.get("old")).toBeDefined();
  expect(await workflows.listActive()).toEqual([]);
  await close();
  const raw = new DatabaseSync(`${path}.format-1.backup`, { readOnly: true });
  expect(raw.prepare("SELECT number FROM data_format").all()).toEqual([{ number: 1 }]);
  expect(raw.prepare("SELECT identifier FROM projects").all()).toEqual([{ identifier: "old" }]);
  expect(raw.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'datasets'").get()).toEqual({ n: 0 });
  raw.close();
});

test("an execution of before tags were kept may have more of them than a statement takes parameters", async () => {
  const older = await openSqlite({ path, clock, migrations: migrations.slice(0, 6) });
  await older.close();
  const tags = Array.from({ length: 10_000 }, (_, index) => `tag${index}`);
  const raw = new DatabaseSync(path);
  raw
    .prepare(
      `INSERT INTO executions (execution_project, execution_domain, execution_name, created_at, updated_at, phase, spec, closure, execution_created_at, execution_updated_at, abort_cause, mode, cluster, inputs_uri, user_inputs_uri, user, state, launch_entity, last_sequence)
       VALUES ('p', 'd', 'e', '', '', 'RUNNING', ?, x'', '', '', '', 0, '', '', '', '', 0, 'launch_plan', 1)`,
    )
    .run(flyteidl.admin.ExecutionSpec.encode({ tags }).finish());
  raw.close();

  const { state, close } = await openStores({ path, clock });
  for (const tag of ["tag0", "tag9999"]) {
    const filters = [{ entity: "execution_tag", column: "key", function: "eq", values: [tag] }] as const;
    expect((await state.read.executions.list({ ...everything, filters })).map(({ id }) => id.name)).toEqual(["e"]);
  }
  await close();
});

test("executions of before tags were kept are found by their tags, and workflows of before go on", async () => {
  const older = await openSqlite({ path, clock, migrations: migrations.slice(0, 6) });
  await older.close();
  const spec = flyteidl.admin.ExecutionSpec.encode({ tags: ["nightly", "x".repeat(300)], labels: { values: { team: "core" } } }).finish();
  const raw = new DatabaseSync(path);
  const columns = `execution_project, execution_domain, execution_name`;
  for (let index = 0; index < 1001; index++) {
    raw
      .prepare(
        `INSERT INTO executions (${columns}, created_at, updated_at, phase, spec, closure, execution_created_at, execution_updated_at, abort_cause, mode, cluster, inputs_uri, user_inputs_uri, user, state, launch_entity, last_sequence)
         VALUES ('p', 'd', ?, '2024-01-01T00:00:00.000000Z', '', 'RUNNING', ?, x'', '', '', '', 0, '', '', '', '', 0, 'launch_plan', 1)`,
      )
      .run(`e${index}`, index % 500 === 0 ? spec : new Uint8Array());
  }
  raw.exec(
    `INSERT INTO active_workflows (${columns}, closure, execution_spec, inputs_uri, created_ms, version, epoch, owner, lease_until, completed)
     VALUES ('p', 'd', 'e0', x'01', x'02', 'i', 5, 0, 0, '', 0, 0)`,
  );
  raw.close();

  const { state, workflows, close } = await openStores({ path, clock });
  const found = async (column: string, value: string): Promise<string[]> => {
    const filters = [{ entity: "execution_tag", column, function: "eq", values: [value] }] as const;
    return (await state.read.executions.list({ ...everything, filters })).map(({ id }) => id.name);
  };
  expect(await found("key", "nightly")).toEqual(["e0", "e500", "e1000"]);
  expect(await found("value", "core")).toEqual(["e0", "e500", "e1000"]);
  expect(await found("key", "x".repeat(300))).toEqual([]);
  expect((await workflows.claim({ project: "p", domain: "d", name: "e0" }, "me", 0, 10))?.spec).toStrictEqual({
    id: { project: "p", domain: "d", name: "e0" },
    closure: Uint8Array.of(1),
    executionSpec: Uint8Array.of(2),
    inputsUri: "i",
    createdAt: 5,
  });
  await close();
});

test("a migration that fails changes nothing, and frees the file", async () => {
  await (await openSqlite({ path, clock })).close();
  const broken = [
    ...migrations,
    async (...[db]: Parameters<(typeof migrations)[number]>) => {
      await db.schema.createTable("half").addColumn("a", "text").execute();
      throw new Error("broken migration");
    },
  ];
  expect((await refusal(openSqlite({ path, clock, migrations: broken }))).message).toContain("broken migration");
  const { state, close } = await openStores({ path, clock });
  expect(await state.read.projects.list(everything)).toEqual([]);
  await close();
  const raw = new DatabaseSync(path);
  expect(raw.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'half'").get()).toEqual({ n: 0 });
  raw.close();
});

test("what is no database, or not ours, or cannot be made, is refused with a reason", async () => {
  writeFileSync(path, "this is text, and long enough to have a header of one hundred bytes ".repeat(10));
  expect(await refusal(openStores({ path, clock }))).toMatchObject({ code: "DATABASE_OPEN_FAILED", blame: "environment" });
  const foreign = join(directory, "foreign.db");
  const raw = new DatabaseSync(foreign);
  raw.exec("CREATE TABLE theirs (a)");
  raw.close();
  expect(await refusal(openStores({ path: foreign, clock }))).toMatchObject({ code: "DATABASE_FOREIGN" });
  expect(await refusal(openStores({ path: join(directory, "none", "x.db"), clock }))).toMatchObject({ code: "DATABASE_OPEN_FAILED" });
});

/** Opens with room for few more pages: a full disk as SQLite sees it. */
async function nearlyFull(use: (stores: Stores) => Promise<void>): Promise<void> {
  const { sqlStateStore } = await import("../../../src/stores/sql/state-store.ts");
  const { sqlResourceManager } = await import("../../../src/stores/sql/resource-manager.ts");
  const { sqlWorkflowStore } = await import("../../../src/stores/sql/workflow-store.ts");
  const { sql } = await import("kysely");
  const database = await openSqlite({ path, clock });
  await database.write(async (db) => {
    const pages = await sql<{ page_count: number }>`PRAGMA page_count`.execute(db);
    await sql.raw(`PRAGMA max_page_count = ${(pages.rows[0]?.page_count ?? 0) + 20}`).execute(db);
  });
  try {
    const state = sqlStateStore(database);
    const resources = sqlResourceManager(database, () => {});
    await use({ state, joined: state, workflows: sqlWorkflowStore(database), resources, close: database.close });
  } finally {
    await database.close();
  }
}

test("a full disk is RESOURCE_EXHAUSTED, loses nothing acknowledged, and smaller writes go on", () =>
  nearlyFull(async ({ state }) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) =>
        state.write(async (writer) => {
          await writer.tasks.insert(task({ version: String(n), closure: new Uint8Array(n === 20 ? 1_000_000 : 10) }));
          return String(n);
        }),
      ),
    );
    const full = {
      status: "rejected",
      reason: { status: "RESOURCE_EXHAUSTED", message: expect.stringContaining("disk that holds the database is full") },
    };
    expect(outcomes[20]).toMatchObject(full);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome).toMatchObject(full);
    const kept = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    // Those queued after the one that filled the disk did not run in its transaction.
    expect(kept).toEqual(expect.arrayContaining(Array.from({ length: 19 }, (_, n) => String(n + 21))));
    expect((await state.read.tasks.list(everything)).map((row) => row.version)).toEqual(kept);
  }));

test("the log of a busy database does not grow for ever", async () => {
  const { state, close } = await openStores({ path, clock });
  const closure = new Uint8Array(8_000);
  let longest = 0;
  for (let round = 0; round < 100; round++) {
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        state.write((writer) => writer.workflows.insert(workflow({ version: `${round}-${n}`, typedInterface: closure }))),
      ),
    );
    longest = Math.max(longest, statSync(`${path}-wal`).size);
  }
  // 80 MB of rows and their indexes went through it.
  expect(statSync(path).size).toBeGreaterThan(10_000_000);
  expect(longest).toBeLessThan(80_000_000);
  await close();
  expect(statSync(path).size).toBeGreaterThan(80_000_000);
});

test("a copy of the open database's files is a database of a moment, as after a power cut", async () => {
  const { workflows, close } = await openStores({ path, clock });
  for (let n = 0; n < 50; n++) {
    const id = execution(String(n));
    await workflows.create({ id, closure: new Uint8Array(), executionSpec: new Uint8Array(), inputsUri: "", createdAt: 0 });
  }
  const copy = join(directory, "copy.db");
  copyFileSync(path, copy);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  const copied = await openStores({ path: copy, clock });
  expect(await copied.workflows.listActive()).toHaveLength(50);
  await copied.close();
  await close();
});
