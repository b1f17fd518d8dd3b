import { access, constants, readdir, statfs } from "node:fs/promises";
import { makeDirectory } from "../std/make-directory.ts";
import { FlyteError, messageOf } from "../std/errors.ts";

/** Below it a start is refused: a database that cannot grow loses its owner's next hour of work. */
const leastFreeBytes = 64 << 20;

/** Files of a sandbox in its data directory, by which its next start knows it. */
const ours: readonly string[] = ["lock.db", "flyte.db", "flyte-kind.json"];

/** Makes the directory of a sandbox below HOME; SANDBOX_HOME_UNWRITABLE when it cannot be. */
export async function makeSandboxDirectory(root: string): Promise<void> {
  try {
    await makeDirectory(root, 0o700);
    await access(root, constants.W_OK);
  } catch (error) {
    throw new FlyteError({
      code: "SANDBOX_HOME_UNWRITABLE",
      blame: "environment",
      message: `what is known of the sandbox cannot be kept in ${root}: ${messageOf(error)}`,
      hint: "set HOME to a directory that you can write to",
      details: { directory: root },
      cause: error,
    });
  }
}

/**
 * Makes the data directory and refuses one that cannot be written to, that holds what is not a sandbox's, or has no room
 * (SANDBOX_DATA_DIR, SANDBOX_DATA_DIR_FOREIGN, SANDBOX_DISK_FULL).
 */
export async function checkDataDirectory(directory: string): Promise<void> {
  let names: readonly string[];
  try {
    await makeDirectory(directory, 0o700);
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
