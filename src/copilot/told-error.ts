import { readFile } from "node:fs/promises";
import { nameWithin } from "./name-within.ts";
import { inside } from "./output-file.ts";

const errorFile = "_ERROR";
const largestError = 1 << 20;

/** What a task says that it has failed of, in the file for that among its outputs; undefined when there is none. Rejects for a file that cannot be one. */
export async function toldError(directory: string): Promise<string | undefined> {
  const file = nameWithin(directory, errorFile);
  const found = await inside(directory, file).catch((thrown: unknown) => {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
    throw thrown;
  });
  if (!found) return undefined;
  if (found.stats.isDirectory()) throw new Error("error file is a directory");
  if (found.stats.size > largestError) throw new Error(`error file too large ${found.stats.size}`);
  return `User Error: ${await readFile(found.path, "utf8")}`;
}
