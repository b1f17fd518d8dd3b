import type { JsonValue } from "../../../idl/json/json-value.ts";
import { toJsonValue } from "../../../idl/json/to-json-value.ts";
import { reflectedType } from "../../../idl/reflection.ts";

/** Lines beyond this add nothing for a reader. */
const mostLines = 50;

/** Two messages' differing fields, of those that both have: for each `<path>:`, `- <old>`, `+ <new>`, as Flyte's admin shows them. */
export function differenceText(fullTypeName: string, before: object, after: object): string {
  const type = reflectedType(fullTypeName);
  const json = (message: object): JsonValue => toJsonValue(type, message, { emitUnpopulated: false, fieldNames: "json" });
  const lines: string[] = [];
  compare("", json(before), json(after), lines);
  return lines.slice(0, mostLines).join("\n");
}

function compare(path: string, before: JsonValue | undefined, after: JsonValue | undefined, lines: string[]): void {
  if (before === undefined || after === undefined) return;
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
    for (const [key, value] of old) compare(`${path}/${key}`, value as JsonValue, now.get(key) as JsonValue | undefined, lines);
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    lines.push(`${path}:\n\t- ${shown(before)}\n\t+ ${shown(after)}`);
  }
}

const isContainer = (value: JsonValue): value is JsonValue & object => typeof value === "object" && value !== null;
const shown = (value: JsonValue): string => (typeof value === "string" ? value : JSON.stringify(value));
