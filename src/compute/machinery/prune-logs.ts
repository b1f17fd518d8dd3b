import { rmdirSync, unlinkSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expired, type Kept, type Retention } from "./retention.ts";

/** Files looked at at a time. */
const batch = 64;

interface KeptLog extends Kept {
  readonly name: string;
}

/** Removes the logs below `directory` that `retention` does not keep, but for those of attempts that `known` says are there. */
export async function pruneLogs(directory: string, known: (name: string) => boolean, retention: Retention, now: number): Promise<void> {
  const names = await readdir(directory);
  const logs: KeptLog[] = [];
  for (let at = 0; at < names.length; at += batch) {
    const looked = names.slice(at, at + batch).map(async (name) => {
      const found = known(name) ? undefined : await stat(join(directory, name, "log")).catch(() => undefined);
      if (found) logs.push({ name, bytes: found.size, lastUsed: found.mtimeMs });
    });
    await Promise.all(looked);
  }
  const gone = expired(logs, { count: retention.logs, bytes: retention.logBytes, age: retention.logAge }, now);
  for (const [index, { name }] of gone.entries()) {
    if (index % batch === 0) await new Promise(setImmediate);
    if (!known(name)) remove(join(directory, name));
  }
}

/** In one go, so that an attempt of that name that comes now finds all of it or none; nothing else lies in there. */
function remove(directory: string): void {
  try {
    unlinkSync(join(directory, "log"));
    rmdirSync(directory);
  } catch {
    // The next time.
  }
}
