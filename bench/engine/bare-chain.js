import { closeSync, existsSync, fsync as fsyncOf, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";

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

/**
 * The files and the commits of a chain of tasks and nothing else: for each, inputs.pb, outputs.pb, and three commits
 * of 28 kB one after the other. What the disk takes at least.
 */
export async function bareChain(parent, tasks) {
  const directory = mkdtempSync(path.join(parent, "bare-"));
  const staged = path.join(directory, "staged");
  const database = new DatabaseSync(path.join(directory, "bare.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE rows (bytes BLOB)");
  const insert = database.prepare("INSERT INTO rows VALUES (?)");
  const row = Buffer.alloc(28_000);
  for (let task = 0; task < tasks; task++) {
    const node = path.join(directory, `n${task}`);
    const data = path.join(node, "data");
    await put([node, data], "inputs.pb", staged);
    insert.run(row);
    insert.run(row);
    await put([path.join(data, "0")], "outputs.pb", staged);
    insert.run(row);
  }
  database.close();
  rmSync(directory, { recursive: true });
}
