import { createHash } from "node:crypto";
import type { JsonObject } from "../../idl/json/json-value.ts";
import { mapAt } from "./manifest-object.ts";

/** The ten letters that kustomize and kubectl put behind a ConfigMap's name (kubectl: pkg/util/hash). */
export function contentHash(configMap: JsonObject): string {
  const data = Object.fromEntries(Object.entries(mapAt(configMap, "data")).toSorted(([a], [b]) => Buffer.from(a).compare(Buffer.from(b))));
  // Without its name: it is hashed before it has one.
  const content = JSON.stringify({ data, kind: "ConfigMap", name: "" });
  // Go's JSON escapes what HTML might misread.
  const escaped = content.replace(/[<>&\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const hash = createHash("sha256").update(escaped).digest("hex").slice(0, 10);
  // No vowels, and nothing that looks like one: no words come about.
  const letters: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };
  return hash.replace(/[013ae]/g, (letter) => letters[letter] ?? letter);
}
