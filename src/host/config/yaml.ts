// In a file of its own: a sandbox's daemon reads JSON, and the library takes longer to load than that.
import { parse } from "yaml";

/** YAML 1.2 as plain values. Throws on syntax errors, and on aliases that would multiply. */
export function readYaml(text: string): unknown {
  return parse(text, { maxAliasCount: 100 });
}
