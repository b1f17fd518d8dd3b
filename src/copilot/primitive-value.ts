import type { flyteidl } from "../idl/flyteidl.ts";
import { timestampText } from "../idl/timestamp-text.ts";
import { toNumber } from "../idl/time.ts";
import { durationText } from "./duration-text.ts";
import { fixedFloat } from "./fixed-float.ts";

/** A value as it stands in a file of its own, and in inputs.json. */
export interface TextAndJson {
  readonly text: string;
  readonly json: string;
}

/** A primitive. Throws for a float that JSON has no number for. Flyte: flytecopilot/data/download.go handlePrimitive. */
export function primitiveValue(primitive: flyteidl.core.Primitive.$Properties): TextAndJson {
  const { stringValue, boolean, integer, floatValue, datetime, duration } = primitive;
  if (stringValue != null) return { text: stringValue, json: JSON.stringify(stringValue) };
  if (boolean != null) return same(String(boolean));
  if (integer != null) return same(integer.toString());
  if (floatValue != null) return { text: fixedFloat(floatValue), json: jsonFloat(floatValue) };
  if (datetime != null) {
    const text = timestampText(toNumber(datetime.seconds), datetime.nanos ?? 0);
    return { text, json: JSON.stringify(text) };
  }
  if (duration != null) {
    const nanos = BigInt((duration.seconds ?? 0).toString()) * 1_000_000_000n + BigInt(duration.nanos ?? 0);
    return { text: durationText(nanos), json: nanos.toString() };
  }
  return same("null");
}

const same = (text: string): TextAndJson => ({ text, json: text });

function jsonFloat(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`failed to marshal out inputs: json: unsupported value: ${fixedFloat(value)}`);
  return Object.is(value, -0) ? "-0" : String(value);
}
