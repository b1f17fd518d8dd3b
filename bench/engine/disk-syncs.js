import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";

/** `count` times a small write that is made durable, one after the other, to a file that grows: what a commit costs at least. */
export function diskSyncs(directory, count) {
  const file = openSync(path.join(directory, "syncs"), "w");
  const bytes = Buffer.alloc(8192, 1);
  for (let index = 0; index < count; index++) {
    writeSync(file, bytes);
    fdatasyncSync(file);
  }
  closeSync(file);
}
