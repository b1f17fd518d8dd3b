import { open, readdir } from "node:fs/promises";
import path from "node:path";

/** Resolves when a directory with all in it would survive a loss of power. */
export async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
    await syncPath(path.join(entry.parentPath, entry.name));
  await syncPath(directory);
}

/** Of a file or a directory. */
export async function syncPath(file: string): Promise<void> {
  const handle = await open(file, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
