import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { Client } from "pg";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import type { StatusError } from "../../src/idl/status.ts";
import { ManualClock, systemClock } from "../../src/std/clock.ts";
import { FlyteError } from "../../src/std/errors.ts";
import { migrations } from "../../src/stores/sql/migrate.ts";
import { openPostgres } from "../../src/stores/sql/open-postgres.ts";
import { openStores, type Stores } from "../../src/stores/sql/open-stores.ts";
import { sqlStateStore } from "../../src/stores/sql/state-store.ts";
import { execution, executionRow, project, task } from "../contract/state-rows.ts";
import { everything } from "../contract/state-store-contract.ts";
import { password } from "../support/postgres.ts";
import { freshSchema, runSql } from "../support/postgres-schema.ts";

let url = "";
let drop = async (): Promise<void> => {};
const opened: Stores[] = [];
beforeEach(async () => {
  ({ url, drop } = await freshSchema());
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((stores) => stores.close()));
  await drop();
});

async function open(holder?: string): Promise<Stores> {
  const stores = await openStores({ postgres: url, clock: systemClock, ...(holder === undefined ? {} : { holder }) });
  opened.push(stores);
  return stores;
}

const refusal = async (opening: Promise<unknown>): Promise<FlyteError> => {
  const thrown = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(thrown instanceof FlyteError)) throw new Error(`not refused with a FlyteError: ${String(thrown)}`);
  return thrown;
};

const spec = (name: string) => ({
  id: execution(name),
  closure: new Uint8Array(),
  executionSpec: new Uint8Array(),
  inputsUri: "",
  createdAt: 0,
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not happen within 15 s");
}

test("many that start at once on an empty database migrate it once", async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => open()));
  await Promise.all(all.map(({ state }, n) => state.write((writer) => writer.projects.insert(project({ identifier: `p${n}` })))));
  expect((await all[0]?.state.read.projects.list(everything))?.map((row) => row.identifier).sort()).toEqual(
    Array.from({ length: 6 }, (_, n) => `p${n}`),
  );
  expect(await runSql(url, "select number from data_format")).toEqual([{ number: String(migrations.length) }]);
});

test("read-modify-write by 100 callers of each of two openers loses no update", async () => {
  const [one, two] = await Promise.all([open(), open()]);
  await one.state.write((writer) => writer.executions.insert(executionRow()));
  const raise = ({ state }: Stores): Promise<number> =>
    state.write(async (writer) => {
      const row = await writer.executions.lock(execution());
      if (!row) throw new Error("gone");
      await writer.executions.update({ ...row, lastSequence: row.lastSequence + 1 });
      return row.lastSequence + 1;
    });
  const sequences = await Promise.all(Array.from({ length: 200 }, (_, n) => raise(n % 2 === 0 ? one : two)));
  expect(new Set(sequences).size).toBe(200);
  expect((await two.state.read.executions.get(execution()))?.lastSequence).toBe(200);
});

test("two openers that insert the same rows in opposite orders: each row is inserted by one, the other is told", async () => {
  const [one, two] = await Promise.all([open(), open()]);
  const names = Array.from({ length: 90 }, (_, n) => `v${n}`);
  const insert = ({ state }: Stores, version: string): Promise<boolean> =>
    state
      .write((writer) => writer.tasks.insert(task({ version })), "inserts")
      .then(
        () => true,
        (thrown: unknown) => {
          expect(thrown).toMatchObject({ status: "ALREADY_EXISTS" });
          return false;
        },
      );
  const [first, second] = await Promise.all([
    Promise.all(names.map((name) => insert(one, name))),
    Promise.all(names.toReversed().map((name) => insert(two, name))),
  ]);
  for (const [n, inserted] of first.entries()) expect(second[names.length - 1 - n]).toBe(!inserted);
  expect(await runSql(url, "select count(*) from tasks")).toEqual([{ count: "90" }]);
});

test("two openers that lock the same rows in opposite orders both get there", async () => {
  const [one, two] = await Promise.all([open(), open()]);
  await one.state.write(async (writer) => {
    for (const name of ["a", "b"]) await writer.executions.insert(executionRow({ id: execution(name) }));
  });
  let arrived = 0;
  let bothThere = (): void => {};
  const both = new Promise<void>((resolve) => (bothThere = resolve));
  const raise = ({ state }: Stores, names: readonly string[]): Promise<void> =>
    state.write(async (writer) => {
      for (const [index, name] of names.entries()) {
        const row = await writer.executions.lock(execution(name));
        if (!row) throw new Error("gone");
        await writer.executions.update({ ...row, lastSequence: row.lastSequence + 1 });
        if (index === 0) {
          if (++arrived === 2) bothThere();
          await both;
        }
      }
    });
  await Promise.all([raise(one, ["a", "b"]), raise(two, ["b", "a"])]);
  // Three times the first lock was taken: one of the two was undone and done again.
  expect(arrived).toBe(3);
  for (const name of ["a", "b"]) expect((await one.state.read.executions.get(execution(name)))?.lastSequence).toBe(2);
});

test("of many that take a reservation at two openers at once, one gets it", async () => {
  const both = await Promise.all([open(), open()]);
  const take = ({ state }: Stores, ownerId: string): Promise<boolean> =>
    state.write(async (writer) => {
      if (await writer.catalog.reservation(1, "t")) return false;
      await new Promise((resolve) => setTimeout(resolve, 1));
      await writer.catalog.putReservation({ datasetKey: 1, tag: "t", ownerId, expiresAt: "" });
      return true;
    });
  const taken = await Promise.all(Array.from({ length: 20 }, (_, n) => take(both[n % 2] ?? both[0], `owner ${n}`)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

test("an owner whose name another process has taken writes nothing until it has it back", async () => {
  const first = await open("propeller");
  await first.workflows.create(spec("a"));
  // Its session is ended and the name taken before it is back.
  const thief = new Client({ connectionString: url });
  await thief.connect();
  try {
    const held = "select objid, classid from pg_locks where locktype = 'advisory' and granted";
    const [lock] = (await thief.query<{ classid: string; objid: string }>(held)).rows;
    const key = (BigInt(lock?.classid ?? 0) << 32n) | BigInt(lock?.objid ?? 0);
    await thief.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'flyte'");
    await thief.query("select pg_advisory_lock($1)", [BigInt.asIntN(64, key).toString()]);
    await until(() =>
      first.workflows.create(spec("b")).then(
        () => false,
        (thrown: StatusError) => thrown.message.includes('another process serves as "propeller"') && thrown.status === "UNAVAILABLE",
      ),
    );
  } finally {
    await thief.end();
  }
  await until(() =>
    first.workflows.create(spec("c")).then(
      () => true,
      () => false,
    ),
  );
});

test("watch events that one opener commits are told to the other, and to it alone", async () => {
  const [one, two] = await Promise.all([open(), open()]);
  const heard: Record<"one" | "two", (string | undefined)[]> = { one: [], two: [] };
  one.state.watchedElsewhere((id) => heard.one.push(id?.name));
  const leave = two.state.watchedElsewhere((id) => heard.two.push(id?.name));
  const append = (stores: Stores, name: string, sequence: number, fails = false): Promise<void> =>
    stores.state.write(async (writer) => {
      await writer.watch.append(execution(name), [{ sequence, event: new Uint8Array([1]) }]);
      if (fails) throw new Error("undone");
    });
  await append(one, "a", 1);
  await expect(append(one, "undone", 1, true)).rejects.toThrow("undone");
  await one.workflows.create(spec("handed over"));
  await append(two, "b", 1);
  await until(() => heard.one.length > 0 && heard.two.length > 0);
  leave();
  await append(one, "c", 1);
  await append(two, "d", 1);
  await until(() => heard.one.length > 1);
  expect(heard).toEqual({ one: ["b", "d"], two: ["a"] });
  // What is told of can be read.
  expect(await two.state.read.watch.after(execution("a"), 0, 10)).toEqual([{ sequence: 1, event: new Uint8Array([1]) }]);
});

test("schedules that one opener activates or ends are told to the other when that is committed", async () => {
  const [one, two] = await Promise.all([open(), open()]);
  const heard: (string | undefined)[] = [];
  two.state.rescheduledElsewhere((launchPlan) => heard.push(launchPlan?.name));
  two.state.watchedElsewhere(() => heard.push("watched"));
  const schedule = (name: string) => ({
    project: "p",
    domain: "d",
    name,
    version: "v",
    cron: "@daily",
    rate: { value: 0, unit: 0 },
    kickoffArgument: "",
  });
  const at = "2024-01-02T00:00:00.000000Z";
  const undone = one.state.write(async (writer) => {
    await writer.schedules.activate(schedule("undone"), at);
    throw new Error("undone");
  });
  await expect(undone).rejects.toThrow("undone");
  await two.state.write((writer) => writer.schedules.activate(schedule("own"), at));
  await one.state.write((writer) => writer.schedules.activate(schedule("a"), at));
  await one.state.write((writer) => writer.schedules.deactivate(schedule("b"), at));
  await until(() => heard.length > 1);
  expect(heard).toEqual(["a", "b"]);
  expect((await two.state.read.schedules.listActive()).map(({ name }) => name)).toEqual(["a", "own"]);
});

test("NUL in text is refused, and the transaction goes on", async () => {
  const { state } = await open();
  await state.write(async (writer) => {
    await expect(writer.tasks.insert(task({ name: "a\0b" }))).rejects.toMatchObject({ status: "INVALID_ARGUMENT" });
    await writer.tasks.insert(task({ name: "ab" }));
  });
  await expect(state.read.tasks.get({ project: "p", domain: "d", name: "a\0b", version: "v1" })).rejects.toMatchObject({
    status: "INVALID_ARGUMENT",
  });
  expect((await state.read.tasks.list(everything)).map((row) => row.name)).toEqual(["ab"]);
});

test("a database error fails its write alone, even when the work overlooks it", async () => {
  const { state } = await open();
  const overlooking = (version: string) =>
    state.write(async (writer) => {
      await writer.tasks.insert(task({ version }));
      // No such artifact: a foreign key fails.
      await writer.catalog.insertTag(1, "t", 12345).catch(() => {});
      await writer.tasks.insert(task({ version: `${version} again` })).catch(() => {});
    });
  const outcomes = await Promise.allSettled([
    state.write((writer) => writer.tasks.insert(task({ version: "before" }))),
    overlooking("x"),
    state.write((writer) => writer.tasks.insert(task({ version: "after" }))),
  ]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({ reason: { status: "INTERNAL", message: expect.stringContaining("foreign key") } });
  expect((await state.read.tasks.list(everything)).map((row) => row.version)).toEqual(["before", "after"]);
});

test("text sorts and compares by its code points, whatever the locale", async () => {
  const { state } = await open();
  const names = ["b", "B", "a", "A", "ä", "_", "0", "Z", "z", "aB", "ab", "a b"];
  await state.write(async (writer) => {
    for (const name of names) await writer.tasks.insert(task({ name }));
  });
  const found = await state.read.tasks.list({ ...everything, sort: { column: "name", direction: "ASCENDING" } });
  expect(found.map((row) => row.name)).toEqual([...names].sort());
  const beyond = await state.read.tasks.list({
    ...everything,
    filters: [{ entity: "task", column: "name", function: "gt", values: ["Z"] }],
  });
  expect(new Set(beyond.map((row) => row.name))).toEqual(new Set(names.filter((name) => name > "Z")));
});

test("what one opener creates and terminates wakes the others, and what fails does not", async () => {
  const [one, two] = await Promise.all([open(), open()]);
  const heard: string[] = [];
  two.workflows.subscribe(({ name }) => void heard.push(name));
  await one.workflows.create(spec("a"));
  await one.workflows.create(spec("a"));
  await one.workflows.claim(execution("a"), "me", 0, 10);
  await one.workflows.terminate(execution("unknown"), "r");
  await one.workflows.terminate(execution("a"), "r");
  await until(() => heard.length >= 2);
  await one.state.write(async (writer) => {
    const row = { execution: execution("signalled"), signalId: "go", type: new Uint8Array(), value: null, createdAt: "", updatedAt: "" };
    await writer.signals.setValue({ ...row, key: await writer.signals.insert(row) }, Uint8Array.of(1), "");
  });
  await until(() => heard.includes("signalled"));
  const wake = (name: string): Promise<void> =>
    one.state.write((writer) => writer.executions.wake({ execution: execution(name), nodeId: `${name}-n0` }));
  await expect(
    one.state.write(async (writer) => {
      await writer.executions.wake({ execution: execution("undone"), nodeId: "n0" });
      throw new Error("undone");
    }),
  ).rejects.toThrow("undone");
  const nodes: unknown[] = [];
  const leave = two.workflows.subscribe(({ name }, nodeId) => void nodes.push([name, nodeId]));
  await wake("waiting");
  await until(() => nodes.length > 0);
  leave();
  expect(nodes).toEqual([["waiting", "waiting-n0"]]);
  await two.workflows.create(spec("own"));
  await until(() => heard.includes("own"));
  expect(heard).toEqual(["a", "a", "signalled", "waiting", "own"]);
});

test("connections that the server ends: nothing acknowledged is lost, and all goes on by itself", async () => {
  const [one, two] = await Promise.all([open(), open()]);
  const heard = new Set<string>();
  two.workflows.subscribe(({ name }) => void heard.add(name));
  const acknowledged: string[] = [];
  const refused: unknown[] = [];
  let next = 0;
  const end = Date.now() + 3_000;
  const write = async (): Promise<void> => {
    while (Date.now() < end) {
      const name = `w${next++}`;
      try {
        await one.workflows.create(spec(name));
        acknowledged.push(name);
      } catch (thrown) {
        refused.push(thrown);
      }
    }
  };
  const ending = (async () => {
    while (Date.now() < end - 500) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await runSql(url, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'flyte'");
    }
  })();
  await Promise.all([ending, ...Array.from({ length: 20 }, write)]);
  expect(refused.length).toBeGreaterThan(0);
  for (const thrown of refused) expect((thrown as StatusError).status, inspect(thrown)).toMatch(/^(UNAVAILABLE|ABORTED)$/);
  const active = new Set((await one.workflows.listActive()).map(({ name }) => name));
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(acknowledged.filter((name) => !active.has(name))).toEqual([]);
  await until(() => acknowledged.every((name) => heard.has(name)));
});

test("kill -9 of two processes that write, three times: nothing acknowledged is lost, nothing is half there", async () => {
  const script = fileURLToPath(new URL("../integration/sql/writer-process.ts", import.meta.url));
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    const children = ["x", "y"].map((side) =>
      spawn(process.execPath, [script, url, `${side}${round}`], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    await Promise.all(
      children.map(async (child) => {
        let text = "";
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (text.split("\n").length > 200 + 100 * round) child.kill("SIGKILL");
        });
        await once(child, "close");
        acknowledged.push(...text.split("\n").slice(1, -1));
      }),
    );
  }
  const { state, workflows } = await open();
  const all = { ...everything, limit: Infinity };
  const executions = new Set((await state.read.executions.list(all)).map((row) => row.id.name));
  const tasks = new Set((await state.read.tasks.list(all)).map((row) => row.version));
  const active = new Set((await workflows.listActive()).map(({ name }) => name));
  expect(acknowledged.length).toBeGreaterThan(1200);
  expect(acknowledged.filter((name) => !executions.has(name) || !active.has(name))).toEqual([]);
  expect(tasks).toEqual(executions);
});

test("a name is held by one process at a time", async () => {
  const first = await open("propeller");
  await open("another");
  await open();
  expect(await refusal(open("propeller"))).toMatchObject({
    code: "DATABASE_IN_USE",
    blame: "environment",
    message: 'another process serves as "propeller" on this database',
  });
  await first.close();
  await open("propeller");
});

test("no refusal tells the password", async () => {
  const wrong = "s3cret-and-wrong";
  const bad = new URL(url);
  bad.password = wrong;
  const refused = await refusal(openStores({ postgres: bad.href, clock: systemClock }));
  expect(refused).toMatchObject({ code: "DATABASE_OPEN_FAILED", hint: expect.stringContaining("password") });
  expect(refused.message).toMatch(
    /^cannot open the database postgres:\/\/flyte@127\.0\.0\.1:\d+\/postgres: password authentication failed/,
  );
  const nowhere = await refusal(openStores({ postgres: url.replace(/:\d+\//, ":1/"), clock: systemClock }));
  expect(nowhere).toMatchObject({ code: "DATABASE_OPEN_FAILED" });
  const missing = await refusal(openStores({ postgres: url.replace("/postgres?", "/none?"), clock: systemClock }));
  expect(missing.message).toContain('database "none" does not exist');
  const unreadable = await refusal(openStores({ postgres: `postgres://u:${wrong}@host:notaport/x`, clock: systemClock }));
  expect(unreadable).toMatchObject({ code: "DATABASE_URL_INVALID", blame: "usage" });
  for (const error of [refused, nowhere, missing, unreadable]) {
    const all = inspect(error, { depth: 20, showHidden: true, getters: true });
    for (const secret of [wrong, password, encodeURIComponent(password)]) expect(all).not.toContain(secret);
  }
});

test("a table that grows is analysed, whatever the schema is called", async () => {
  const schema = `Mixed "${url.slice(-8)}`;
  const quoted = `"${schema.replaceAll('"', '""')}"`;
  await runSql(url, `create schema ${quoted}`);
  onTestFinished(async () => void (await runSql(url, `drop schema ${quoted} cascade`)));
  const within = new URL(url);
  within.search = `?options=${encodeURIComponent(`-c search_path=${quoted.replaceAll(" ", "\\ ")}`)}`;
  const stores = await openStores({ postgres: within.href, clock: systemClock });
  opened.push(stores);
  const closure = new Uint8Array(1000);
  const insert = (name: string) => stores.state.write((writer) => writer.tasks.insert(task({ name, closure })));
  await Promise.all(Array.from({ length: 300 }, (_, index) => insert(`n${index}`)));
  const pages = `select relpages from pg_class where oid = to_regclass('${quoted}.tasks')`;
  await until(async () => Number((await runSql(url, pages))[0]?.["relpages"]) > 10);
});

test("an execution of before tags were kept may have one that Postgres cannot keep as text", async () => {
  const clock = new ManualClock();
  const older = await openPostgres({ postgres: url, clock, migrations: migrations.slice(0, 6) });
  const spec = flyteidl.admin.ExecutionSpec.encode({ tags: ["nul\0", "nightly"] }).finish();
  await sqlStateStore(older).write((writer) => writer.executions.insert(executionRow({ spec })));
  await older.close();

  const { state, close } = await openStores({ postgres: url, clock });
  const filters = [{ entity: "execution_tag", column: "key", function: "eq", values: ["nightly"] }] as const;
  expect((await state.read.executions.list({ ...everything, filters })).map(({ id }) => id.name)).toEqual(["e"]);
  await close();
});

test("a newer format and others' tables are refused, an older format is migrated and keeps its rows", async () => {
  const clock = new ManualClock();
  const older = await openPostgres({ postgres: url, clock, migrations: migrations.slice(0, 1) });
  await sqlStateStore(older).write((writer) => writer.projects.insert(project({ identifier: "old" })));
  await older.close();
  const { state, workflows, close } = await openStores({ postgres: url, clock });
  expect(await state.read.projects.get("old")).toBeDefined();
  expect(await workflows.listActive()).toEqual([]);
  await close();

  const broken = [
    ...migrations,
    async (...[db]: Parameters<(typeof migrations)[number]>) => {
      await db.schema.createTable("half").addColumn("a", "text").execute();
      throw new Error("broken migration");
    },
  ];
  expect((await refusal(openPostgres({ postgres: url, clock, migrations: broken }))).message).toContain("broken migration");
  expect(await runSql(url, "select to_regclass('half') as half")).toEqual([{ half: null }]);

  await runSql(url, "update data_format set number = 99");
  expect(await refusal(openStores({ postgres: url, clock }))).toMatchObject({ code: "DATABASE_FORMAT_NEWER" });
  await runSql(url, "drop table data_format");
  expect(await refusal(openStores({ postgres: url, clock }))).toMatchObject({ code: "DATABASE_FOREIGN" });
});
