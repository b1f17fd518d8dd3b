import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePortBase } from "../support/free-port-base.ts";
import { password } from "../support/postgres.ts";
import { freshSchema, runSql } from "../support/postgres-schema.ts";
import { type Endpoints, Home, startTestSandbox } from "../support/test-sandbox.ts";

let home: Home;
let database: Awaited<ReturnType<typeof freshSchema>>;
beforeAll(async () => {
  [home, database] = await Promise.all([Home.make(), freshSchema()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await database.drop();
});

const secrets = [password, encodeURIComponent(password)];
const holdsSecret = (text: string): boolean => secrets.some((secret) => text.includes(secret));

async function projects(endpoints: Endpoints): Promise<string[]> {
  const reply = await fetch(`http://${endpoints.admin}/api/v1/projects`);
  return ((await reply.json()) as { projects: { id: string }[] }).projects.map(({ id }) => id).sort();
}

test("a sandbox keeps its tables in the Postgres that --database names, then and later, and tells no password", async () => {
  const first = await startTestSandbox(home, "--database", database.url);
  const place = expect.stringMatching(/^postgres:\/\/flyte@127\.0\.0\.1:\d+\/postgres$/);
  expect(first).toMatchObject({ database: place });
  const body = JSON.stringify({ project: { id: "kept", name: "kept" } });
  expect((await fetch(`http://${first.admin}/api/v1/projects`, { method: "POST", body })).status).toBe(200);
  expect(await runSql(database.url, "select identifier from projects order by identifier")).toEqual([
    { identifier: "flytesnacks" },
    { identifier: "kept" },
  ]);
  const said = [await home.flyte("sandbox", "status"), await home.flyte("sandbox", "start"), await home.flyte("sandbox", "stop")];
  expect(said[0]?.stdout).toContain("postgres://flyte@127.0.0.1:");

  const second = await home.data<Endpoints>("sandbox", "start");
  expect(await projects(second)).toEqual(["flytesnacks", "kept"]);
  said.push(await home.flyte("sandbox", "logs", "--lines", "1000"));
  expect(readFileSync(`/proc/${second.pid}/cmdline`, "utf8")).not.toContain("postgres:");
  for (const { stdout, stderr } of said) expect(holdsSecret(stdout + stderr)).toBe(false);

  const root = path.join(home.directory, ".flyte/sandboxes/flyte");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const holding = files.map((entry) => path.join(entry.parentPath, entry.name)).filter((file) => holdsSecret(readFileSync(file, "latin1")));
  expect(holding).toEqual([path.join(root, "daemon.json")]);
  expect(statSync(path.join(root, "daemon.json")).mode & 0o777).toBe(0o600);

  const removed = await home.flyte("sandbox", "stop", "--delete-data");
  expect(removed.stdout).toMatch(/its data is gone; the tables in postgres:\/\/flyte@127\.0\.0\.1:\d+\/postgres are kept/);
});

test("a second sandbox on the same database is refused, and told why, without the password", async () => {
  await startTestSandbox(home, "--name", "one", "--database", database.url);
  const base = String(await freePortBase());
  const refused = await home.flyte("sandbox", "start", "--name", "two", "--port-base", base, "--database", database.url);
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('another process serves as "embedded" on this database');
  home.expectedErrors.push(/could not start/);
  const bad = new URL(database.url);
  bad.password = "entirely-wrong";
  const wrong = await home.flyte("sandbox", "start", "--name", "two", "--port-base", base, "--database", bad.href);
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain("password authentication failed");
  expect(wrong.stdout + wrong.stderr + (await home.flyte("sandbox", "logs", "--name", "one")).stdout).not.toContain("entirely-wrong");
  const unreadable = await home.flyte("sandbox", "start", "--name", "three", "--database", "postgres://u:entirely-wrong@h:x/y");
  expect(unreadable.code).toBe(2);
  expect(unreadable.stdout + unreadable.stderr).not.toContain("entirely-wrong");
});

test("the password may come from PGPASSWORD, and is kept nowhere", async () => {
  const url = new URL(database.url);
  url.password = "";
  const base = await freePortBase();
  const start = ["sandbox", "start", "--name", "four", "--port-base", String(base), "--database", url.href];
  await home.flyte("sandbox", "stop", "--name", "one");
  const without = await home.flyte(...start);
  expect(without.code).toBe(3);
  expect(without.stderr).toContain("password");
  const ran = await home.run("flyte", start, { env: { PGPASSWORD: password } });
  expect(ran.code, ran.stderr).toBe(0);
  const listed = await fetch(`http://localhost:${base + 80}/api/v1/projects`);
  expect(await listed.text()).toContain('"kept"');
  const root = path.join(home.directory, ".flyte/sandboxes/four");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const entry of files) expect(holdsSecret(readFileSync(path.join(entry.parentPath, entry.name), "latin1")), entry.name).toBe(false);
});
