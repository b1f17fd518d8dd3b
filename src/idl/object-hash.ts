import { createHash } from "node:crypto";
import type { JsonValue } from "./json/json-value.ts";
import { toJsonValue } from "./json/to-json-value.ts";
import { reflectedType } from "./reflection.ts";

/**
 * Ben Laurie's objecthash of JSON text or an already parsed value: 32 bytes of SHA-256, the same for any order of keys.
 * Every number is a float. Flyte compares registered entities and finds cached outputs by it.
 */
export function objectHash(json: string | JsonValue): Uint8Array {
  return hashOf(typeof json === "string" ? (JSON.parse(json) as JsonValue) : json);
}

/** The objectHash of a decoded message's JSON form with defaults left out; `fullTypeName` e.g. `flyteidl.core.LiteralMap`. */
export function messageHash(fullTypeName: string, message: object): Uint8Array {
  return hashOf(toJsonValue(reflectedType(fullTypeName), message, { emitUnpopulated: false, fieldNames: "json" }));
}

function hashOf(value: JsonValue): Uint8Array {
  if (value === null) return tagged("n", "");
  if (typeof value === "boolean") return tagged("b", value ? "1" : "0");
  if (typeof value === "string") return tagged("u", value);
  if (typeof value === "number") return tagged("f", floatText(value));
  if (Array.isArray(value)) return tagged("l", Buffer.concat(value.map((element: JsonValue) => hashOf(element))));
  const pairs = Object.entries(value).map(([key, element]) => Buffer.concat([hashOf(key), hashOf(element as JsonValue)]));
  return tagged("d", Buffer.concat(pairs.sort((a, b) => Buffer.compare(a, b))));
}

function tagged(tag: string, content: string | Uint8Array): Uint8Array {
  return createHash("sha256").update(tag).update(content).digest();
}

/** Sign, exponent and binary mantissa of a number: value = mantissa * 2^exponent with the mantissa in (1/2, 1]. */
function floatText(value: number): string {
  if (value === 0) return "+0:";
  let mantissa = Math.abs(value);
  let exponent = 0;
  for (; mantissa > 1; mantissa /= 2) exponent++;
  for (; mantissa <= 0.5; mantissa *= 2) exponent--;
  let digits = "";
  for (; mantissa !== 0; mantissa *= 2) {
    digits += mantissa >= 1 ? "1" : "0";
    if (mantissa >= 1) mantissa -= 1;
  }
  return `${value < 0 ? "-" : "+"}${exponent}:${digits}`;
}
