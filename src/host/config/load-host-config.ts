import { readFileSync } from "node:fs";
import type { Role } from "../../engine/engine.ts";
import { FlyteError, messageOf } from "../../std/errors.ts";
import type { HostConfig } from "../host-config.ts";
import { readHostConfig } from "./read-host-config.ts";
import { InvalidValue } from "./reader.ts";

/**
 * Reads a configuration file, YAML or JSON; `roles` stand in for its own. Throws SERVE_CONFIG_INVALID, with every problem a
 * line; it never holds a secret.
 */
export async function loadHostConfig(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  roles?: readonly Role[],
): Promise<HostConfig> {
  let content: unknown;
  try {
    content = await parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw refused(path, [messageOf(error).split("\n", 1)[0] ?? ""]);
  }
  try {
    const given = roles === undefined || typeof content !== "object" ? content : { ...content, roles };
    return readHostConfig(given, { env, readFile: (file) => readFileSync(file, "utf8") });
  } catch (error) {
    if (error instanceof InvalidValue) throw refused(path, error.problems);
    throw error;
  }
}

async function parse(text: string): Promise<unknown> {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text);
    } catch {
      // A mapping of YAML may begin like that, too; its errors are told better.
    }
  }
  return (await import("./yaml.ts")).readYaml(text);
}

function refused(path: string, problems: readonly string[]): FlyteError {
  return new FlyteError({
    code: "SERVE_CONFIG_INVALID",
    blame: "usage",
    message: `${path} does not say how to serve:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    hint: "correct what is named; docs/serve.md has every key, and examples",
    details: { path, problems },
  });
}
