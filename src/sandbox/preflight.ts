import { mkdir, readdir, statfs } from "node:fs/promises";
import { FlyteError, messageOf } from "../std/errors.ts";

/** Below it a start is refused: a database that cannot grow loses its owner's next hour of work. */
const leastFreeBytes = 64 << 20;

/** Files that a daemon leaves in its data directory, by which the next one knows it. */
const ours: readonly string[] = ["lock.db", "flyte.db"];

/**
 * Makes the data directory and refuses one that cannot be written to, that holds what is not a sandbox's, or has no room
 * (SANDBOX_DATA_DIR, SANDBOX_DATA_DIR_FOREIGN, SANDBOX_DISK_FULL).
 */
export async function checkDataDirectory(directory: string): Promise<void> {
  let names: readonly string[];
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    names = await readdir(directory);
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
  if (names.length > 0 && !names.some((name) => ours.includes(name))) {
    throw new FlyteError({
      code: "SANDBOX_DATA_DIR_FOREIGN",
      blame: "usage",
      message: `${directory} holds other files, and a sandbox's data directory may be deleted with it`,
      hint: "name an empty or a new directory with --data-dir DIR",
      details: { directory },
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
