import { mkdir, statfs } from "node:fs/promises";
import { FlyteError, messageOf } from "../std/errors.ts";

/** Below it a start is refused: a database that cannot grow loses its owner's next hour of work. */
const leastFreeBytes = 64 << 20;

/** Makes the data directory and refuses one that cannot be written to or has no room (SANDBOX_DATA_DIR, SANDBOX_DISK_FULL). */
export async function checkDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new FlyteError({
      code: "SANDBOX_DATA_DIR",
      blame: "environment",
      message: `the data directory ${directory} cannot be made: ${messageOf(error)}`,
      hint: "name another one with --data-dir DIR",
      details: { directory },
      cause: error,
    });
  }
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free < leastFreeBytes) {
    throw new FlyteError({
      code: "SANDBOX_DISK_FULL",
      blame: "environment",
      message: `the disk of ${directory} has ${Math.floor(free / (1 << 20))} MiB free; a sandbox needs at least ${leastFreeBytes >> 20} MiB`,
      hint: "free some room, or name a directory on another disk with --data-dir DIR",
      details: { directory, freeBytes: free },
    });
  }
}
