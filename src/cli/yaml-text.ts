// This file is what is imported lazily: the library is large.
import { parse, stringify } from "yaml";

/** YAML 1.2 as plain values, all integers as bigint. Throws on syntax errors, and on aliases that would multiply. */
export function readYaml(text: string): unknown {
  return parse(text, { intAsBigInt: true, maxAliasCount: 100 });
}

/** JSON-compatible data as YAML. */
export function writeYaml(data: unknown): string {
  return stringify(data, { lineWidth: 0, aliasDuplicateObjects: false });
}
