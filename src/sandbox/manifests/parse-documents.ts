import { parseAllDocuments } from "yaml";
import type { JsonValue } from "../../idl/json/json-value.ts";
import { manifestError } from "./manifest-error.ts";

/** The documents of a YAML file; empty ones are left out. Read as kubectl does, by YAML 1.1, where `off` is false and `0600` is 384. */
export function parseDocuments(file: string, text: string): readonly JsonValue[] {
  const documents = parseAllDocuments(text, { version: "1.1", merge: true });
  const parsed: JsonValue[] = [];
  for (const document of documents) {
    const [problem] = document.errors;
    if (problem) throw manifestError(file, problem.message.split("\n", 1)[0] ?? "it is no YAML");
    const value = document.toJS({ maxAliasCount: 100 }) as JsonValue;
    if (value !== null) parsed.push(value);
  }
  return parsed;
}
