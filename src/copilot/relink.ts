import { readdir, readlink, rm, symlink } from "node:fs/promises";
import path from "node:path";

/**
 * Links of a task's outputs that name another of its files by the path under which the task knew the directory lead to that file
 * here. All others stay as they are.
 */
export async function relink(directory: string, seenAt: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isSymbolicLink()) continue;
    const link = path.join(entry.parentPath, entry.name);
    const target = await readlink(link);
    if (!target.startsWith(`${seenAt}/`)) continue;
    await rm(link);
    await symlink(path.relative(entry.parentPath, path.join(directory, target.slice(seenAt.length))), link);
  }
}
