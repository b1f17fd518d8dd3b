import { mkdir } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a directory and those above it; one that is there, or that another process makes meanwhile, is fine. Errors as
 * mkdir's. Not mkdir's own `recursive`, which never ends where a file system answers ENOENT for a parent that exists (/proc).
 */
export async function makeDirectory(directory: string, mode = 0o777): Promise<void> {
  if (await made(directory, mode)) return;
  await makeDirectory(path.dirname(directory), mode);
  if (!(await made(directory, mode))) await mkdir(directory, { mode });
}

/** Whether it is there now; false when what is above it is missing. */
async function made(directory: string, mode: number): Promise<boolean> {
  try {
    await mkdir(directory, { mode });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return true;
    if (code !== "ENOENT" || path.dirname(directory) === directory) throw error;
    return false;
  }
}
