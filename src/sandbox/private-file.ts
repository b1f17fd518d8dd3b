import { rename, rm, writeFile } from "node:fs/promises";

/** Writes a file that only its owner may read, whatever mode one of that name had; readers see the old text or the new one. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await rm(temporary, { force: true });
  await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
  await rename(temporary, file);
}
