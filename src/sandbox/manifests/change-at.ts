import type { JsonObject, JsonValue } from "../../idl/json/json-value.ts";
import { isList, isMap } from "./manifest-object.ts";

/**
 * The object with the value at a path replaced, where it is there; `*` stands for every element of a list. Undefined values
 * leave things as they are.
 */
export function changeAt(object: JsonObject, path: readonly string[], change: (value: JsonValue) => JsonValue): JsonObject {
  const changed = changeValue(object, path, change);
  return isMap(changed) ? changed : object;
}

function changeValue(value: JsonValue, [key, ...deeper]: readonly string[], change: (value: JsonValue) => JsonValue): JsonValue {
  if (key === undefined) return change(value);
  if (key === "*") return isList(value) ? value.map((element) => changeValue(element, deeper, change)) : value;
  const below = isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isMap(value) && below !== undefined && below !== null ? { ...value, [key]: changeValue(below, deeper, change) } : value;
}
