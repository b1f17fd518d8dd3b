import { mkdir } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a directory and those above it; one that is there is fine. Errors as mkdir's. Not mkdir's own `recursive`, which
 * never ends where a file system answers ENOENT for a parent that exists (/proc).
 */
export async function makeDirectory(directory: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(directory, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    const parent = path.dirname(directory);
    if (code !== "ENOENT" || parent === directory) throw error;
    await makeDirectory(parent, mode);
    await mkdir(directory, { mode });
  }
}
