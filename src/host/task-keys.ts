import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { randomText, systemRandom } from "../std/random.ts";

export interface TaskKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/**
 * The keys of containers to the object store, made once and kept (mode 0600), so that a container that outlives a daemon can
 * go on. They open the containers' own listener alone, as the user's open only the user's.
 */
export function taskKeys(dataDir: string): TaskKeys {
  const file = path.join(dataDir, "compute", "task-keys.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as TaskKeys;
  const keys: TaskKeys = { accessKey: `tasks-${randomText(systemRandom, 14)}`, secretKey: randomText(systemRandom, 40) };
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(keys), { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
  return keys;
}
