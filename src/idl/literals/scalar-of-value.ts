import Long from "long";
import { flyteidl } from "../flyteidl.ts";
import type { Scalar } from "../types.ts";
import { parseDatetime } from "./datetime-text.ts";
import { parseDuration } from "./duration-text.ts";

type Primitive = flyteidl.core.Primitive.$Properties;
const simple = flyteidl.core.SimpleType;
const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

/**
 * A scalar of a simple type from a value of a file or, with `isText`, from a flag's text; undefined when it is none. From
 * files strings are not taken for numbers or booleans, nor numbers for strings.
 */
export function scalarOfValue(value: unknown, type: number, isText: boolean): Scalar | undefined {
  if (type === simple.NONE) return value === null || (isText && /^(null|none|)$/i.test(String(value))) ? { noneType: {} } : undefined;
  const primitive = primitiveInput(value, type, isText);
  return primitive && { primitive };
}

function primitiveInput(value: unknown, type: number, isText: boolean): Primitive | undefined {
  switch (type) {
    case simple.INTEGER: {
      const integer = integerOf(value, isText);
      return integer && { integer };
    }
    case simple.FLOAT: {
      const floatValue = floatOf(value, isText);
      return floatValue === undefined ? undefined : { floatValue };
    }
    case simple.STRING:
      return typeof value === "string" ? { stringValue: value } : undefined;
    case simple.BOOLEAN: {
      const boolean = isText ? booleans[String(value).trim().toLowerCase()] : typeof value === "boolean" ? value : undefined;
      return boolean === undefined ? undefined : { boolean };
    }
    case simple.DATETIME: {
      const datetime = typeof value === "string" ? parseDatetime(value) : undefined;
      return datetime && { datetime };
    }
    case simple.DURATION: {
      const duration = typeof value === "string" ? parseDuration(value) : undefined;
      return duration && { duration };
    }
    default:
      return undefined;
  }
}

function integerOf(value: unknown, isText: boolean): Long | undefined {
  const digits =
    typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))
      ? String(value)
      : isText
        ? String(value).trim()
        : "";
  if (!/^[+-]?\d{1,19}$/.test(digits)) return undefined;
  const big = BigInt(digits.replace("+", ""));
  return BigInt.asIntN(64, big) === big ? Long.fromString(String(big)) : undefined;
}

function floatOf(value: unknown, isText: boolean): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  const text = isText ? String(value).trim() : "";
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (named) return named[2]?.toLowerCase() === "nan" ? Number.NaN : named[1] === "-" ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
