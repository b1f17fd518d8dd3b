import { isScalar, parseAllDocuments, visit } from "yaml";
import type { JsonValue } from "../../idl/json/json-value.ts";
import { manifestError } from "./manifest-error.ts";

// Truths, numbers and times to readers of YAML 1.1 alone: kubectl reads with one that is neither quite this nor quite that.
const ambiguous =
  /^(?:y|n|yes|no|on|off|=|<<|[-+]?0[0-9_]+|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*_[0-9_]*|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*)$/i;

/** The documents of a YAML file; empty ones are left out. FlyteError MANIFEST_INVALID, also for a text that readers take differently. */
export function parseDocuments(file: string, text: string): readonly JsonValue[] {
  const parsed: JsonValue[] = [];
  for (const document of parseAllDocuments(text)) {
    const [problem] = document.errors;
    if (problem) throw manifestError(file, problem.message.split("\n", 1)[0] ?? "it is no YAML");
    visit(document, (_key, node) => {
      if (isScalar(node) && node.type === "PLAIN" && ambiguous.test(node.source ?? ""))
        throw manifestError(file, `${node.source} is read differently by different readers of YAML; quote it`);
    });
    const value = document.toJS({ maxAliasCount: 100 }) as JsonValue;
    if (value !== null) parsed.push(value);
  }
  return parsed;
}
