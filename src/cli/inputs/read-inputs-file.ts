import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { parseYaml } from "./parse-yaml.ts";

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** The mapping in a YAML or JSON file, or on stdin for `-`. FlyteError INPUTS_FILE_INVALID. */
export async function readInputsFile(file: string): Promise<Record<string, unknown>> {
  try {
    const value = await parseYaml(file === "-" ? await text(process.stdin) : await readFile(file, "utf8"));
    if (value === null) return {};
    if (typeof value !== "object" || Array.isArray(value)) throw new Error("it is no mapping of names to values");
    return value as Record<string, unknown>;
  } catch (error) {
    throw new FlyteError({
      code: "INPUTS_FILE_INVALID",
      blame: "usage",
      message: `cannot take inputs from ${file}: ${isMissing(error) ? "there is no such file" : messageOf(error)}`,
      hint: "write inputs as YAML or JSON, e.g. a line `n: 3`, into a file, or give them to stdin with --inputs-file -",
      details: { file },
      cause: error,
    });
  }
}
