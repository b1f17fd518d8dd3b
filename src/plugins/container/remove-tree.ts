import { chmod, readdir, rm } from "node:fs/promises";
import path from "node:path";

/** Removes a directory with all in it, also what its owner has forbidden itself to change. What is not there is fine. */
export async function removeTree(directory: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3, retryDelay: 20 };
  try {
    await rm(directory, options);
  } catch {
    await unlock(directory);
    await rm(directory, options);
  }
}

async function unlock(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await unlock(path.join(directory, entry.name));
}
