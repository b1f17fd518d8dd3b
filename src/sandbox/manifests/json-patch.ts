import type { JsonObject, JsonValue } from "../../idl/json/json-value.ts";
import { isList, isMap } from "./manifest-object.ts";

type Refuse = (what: string) => never;

/** Applies the operations of a JSON patch (RFC 6902): add, replace, remove and test. `refuse` is told of what cannot be done. */
export function jsonPatch(object: JsonObject, operations: readonly JsonValue[], refuse: Refuse): JsonObject {
  let patched: JsonValue = object;
  for (const [index, operation] of operations.entries()) {
    const wrong: Refuse = (what) => refuse(`operation ${index + 1}: ${what}`);
    if (!isMap(operation)) return wrong("it is not a mapping");
    const { op, path, value, ...more } = operation;
    const [extra] = Object.keys(more);
    if (extra !== undefined) return wrong(`${extra} is not known here`);
    if (typeof path !== "string" || !path.startsWith("/")) return wrong(`${JSON.stringify(path)} is no path such as /spec/replicas`);
    if (typeof op !== "string" || !["add", "replace", "remove", "test"].includes(op))
      return wrong(`${JSON.stringify(op)} is not known here`);
    if (value === undefined && op !== "remove") return wrong("value must be given");
    const keys = path
      .slice(1)
      .split("/")
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    patched = change(patched, keys, op, value, (what) => wrong(`${path} ${what}`));
  }
  return isMap(patched) ? patched : refuse("nothing is left of the object");
}

function change(
  at: JsonValue,
  [key = "", ...deeper]: readonly string[],
  op: string,
  value: JsonValue | undefined,
  refuse: Refuse,
): JsonValue {
  if (isList(at)) {
    const end = op === "add" && deeper.length === 0 ? at.length : at.length - 1;
    const index = key === "-" && op === "add" && deeper.length === 0 ? at.length : /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
    if (index < 0 || index > end) return refuse("is not there");
    const list = [...at];
    const old = at[index];
    if (deeper.length > 0) list[index] = change(old ?? null, deeper, op, value, refuse);
    else if (op === "remove") list.splice(index, 1);
    else if (op === "test") expectEqual(old, value, refuse);
    else list.splice(index, op === "add" ? 0 : 1, value ?? null);
    return list;
  }
  if (!isMap(at)) return refuse("is not there");
  const there = Object.hasOwn(at, key);
  if (!there && (deeper.length > 0 || op !== "add")) return refuse("is not there");
  if (deeper.length > 0) return { ...at, [key]: change(at[key] ?? null, deeper, op, value, refuse) };
  if (op === "test") {
    expectEqual(at[key], value, refuse);
    return at;
  }
  const { [key]: _, ...rest } = at;
  return op === "remove" ? rest : { ...at, [key]: value ?? null };
}

function expectEqual(old: JsonValue | undefined, value: JsonValue | undefined, refuse: Refuse): void {
  if (canonical(old) !== canonical(value)) refuse(`is ${JSON.stringify(old)}, not ${JSON.stringify(value)}`);
}

function canonical(value: JsonValue | undefined): string {
  return JSON.stringify(value, (_key, one: JsonValue) =>
    isMap(one) ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}
