import { readFileSync } from "node:fs";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { parseYaml } from "../inputs/parse-yaml.ts";
import type { ConfigLayer } from "./config-layer.ts";
import { configLayer } from "./config-layer.ts";

/** A configuration file of flytectl's format as a layer; undefined when there is none. FlyteError CONFIG_INVALID. */
export async function fileLayer(file: string): Promise<ConfigLayer | undefined> {
  let text: string;
  try {
    // Not asynchronously: that starts the thread pool, which costs more than a local file takes to read.
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw invalid(file, messageOf(error));
  }
  let content: unknown;
  try {
    content = simpleYaml(text) ?? (await parseYaml(text));
  } catch (error) {
    throw invalid(file, messageOf(error));
  }
  if (content !== null && (typeof content !== "object" || Array.isArray(content))) throw invalid(file, "it is no mapping");
  return configLayer(
    file,
    flatten(content ?? {}, "").map(([key, value]) => [key, value, file]),
    allKeys(content ?? {}, ""),
  );
}

function allKeys(mapping: object, prefix: string): string[] {
  return Object.entries(mapping).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
      ? allKeys(value, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

/** Nested mappings with keys joined by dots; lists are left out (no setting of ours is one). Keys without regard to case, as flytectl reads them. */
function flatten(mapping: object, prefix: string): [string, string | boolean][] {
  return Object.entries(mapping).flatMap(([key, value]: [string, unknown]) => {
    const full = `${prefix}${key}`;
    if (typeof value === "object" && value !== null) return Array.isArray(value) ? [] : flatten(value, `${full}.`);
    return value === null || value === undefined
      ? []
      : [[full.toLowerCase(), typeof value === "boolean" ? value : String(value)] as [string, string | boolean]];
  });
}

/**
 * Mappings of plain scalars, as `flytectl config init` and `flyte sandbox start` write them; undefined for anything more,
 * which the real parser reads (loading it takes longer than the rest of a call).
 */
export function simpleYaml(text: string): Record<string, unknown> | undefined {
  const root: Record<string, unknown> = {};
  const open: { indent: number; mapping: Record<string, unknown> }[] = [{ indent: -1, mapping: root }];
  let pending: { indent: number; mapping: Record<string, unknown> } | undefined;
  for (const line of text.split("\n")) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const match = /^( *)([A-Za-z_][\w-]*):(?: +([A-Za-z0-9/][\w./:@-]*))?\s*$/.exec(line);
    if (!match) return undefined;
    const [, blanks = "", key = "", value] = match;
    const indent = blanks.length;
    if (pending && indent > pending.indent) open.push({ indent, mapping: pending.mapping });
    else while ((open.at(-1)?.indent ?? -1) > indent) open.pop();
    pending = undefined;
    const top = open.at(-1);
    if (!top) return undefined;
    if (top.indent === -1) top.indent = indent;
    if (top.indent !== indent || Object.hasOwn(top.mapping, key) || key === "__proto__") return undefined;
    if (value === undefined) {
      const mapping: Record<string, unknown> = {};
      top.mapping[key] = mapping;
      pending = { indent, mapping };
    } else if (value === "true" || value === "false") top.mapping[key] = value === "true";
    else if (/^(null|[\d.]+(e\d+)?|0x\w+|0o\w+)$/i.test(value) || value.endsWith(":")) return undefined;
    else top.mapping[key] = value;
  }
  return root;
}

function invalid(file: string, why: string): FlyteError {
  return new FlyteError({
    code: "CONFIG_INVALID",
    blame: "usage",
    message: `cannot read the configuration in ${file}: ${why}`,
    hint: "correct it (flytectl's format: `admin:` with `endpoint: dns:///HOST:PORT` and `insecure: true`), or name another with --config",
    details: { file },
  });
}
