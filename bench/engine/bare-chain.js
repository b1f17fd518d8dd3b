import { closeSync, existsSync, fsync as fsyncOf, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { Client } from "pg";

const fsync = promisify(fsyncOf);

async function syncDirectory(directory) {
  const file = openSync(directory, "r");
  try {
    await fsync(file);
  } finally {
    closeSync(file);
  }
}

/** Directories made, and a file of a few bytes put into the last by way of `staged`, all durable. */
async function put(directories, name, staged) {
  const names = [];
  for (const directory of directories) {
    if (existsSync(directory)) continue;
    mkdirSync(directory);
    names.push(syncDirectory(path.dirname(directory)));
  }
  const file = openSync(staged, "wx");
  writeSync(file, "a literal");
  await fsync(file);
  closeSync(file);
  await Promise.all(names);
  const last = directories.at(-1);
  renameSync(staged, path.join(last, name));
  await syncDirectory(last);
}

const row = Buffer.alloc(28_000);

/** Commits of 28 kB, one after the other, in a SQLite database of their own. */
export function sqliteCommits(directory) {
  const database = new DatabaseSync(path.join(directory, "bare.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE rows (bytes BLOB)");
  const insert = database.prepare("INSERT INTO rows VALUES (?)");
  return { commit: async () => void insert.run(row), close: async () => database.close() };
}

/** The same in a table of a Postgres database. */
export async function postgresCommits(url) {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("CREATE TABLE IF NOT EXISTS bare_rows (bytes BYTEA)");
  return {
    commit: () => client.query({ name: "bare", text: "INSERT INTO bare_rows VALUES ($1)", values: [row] }),
    async close() {
      await client.query("DROP TABLE bare_rows");
      await client.end();
    },
  };
}

/**
 * The files and the commits of a chain of tasks and nothing else: for each, inputs.pb, outputs.pb, and two commits one
 * after the other. What the disk takes at least.
 */
export async function bareChain(parent, tasks, openCommits) {
  const directory = mkdtempSync(path.join(parent, "bare-"));
  const staged = path.join(directory, "staged");
  const { commit, close } = await openCommits(directory);
  for (let task = 0; task < tasks; task++) {
    const node = path.join(directory, `n${task}`);
    const data = path.join(node, "data");
    await put([node, data], "inputs.pb", staged);
    await commit();
    await put([path.join(data, "0")], "outputs.pb", staged);
    await commit();
  }
  await close();
  rmSync(directory, { recursive: true });
}
