import Long from "long";
import { flyteidl } from "../idl/flyteidl.ts";
import type { JsonValue } from "../idl/json/json-value.ts";
import { structFromJson } from "../idl/json/well-known-from-json.ts";
import type { Literal } from "../idl/types.ts";
import { messageOf } from "../std/errors.ts";
import { parseDatetime } from "./parse-datetime.ts";
import { parseDuration } from "./parse-duration.ts";

type Primitive = flyteidl.core.Primitive.$Properties;
type SimpleType = flyteidl.core.SimpleType;
const { SimpleType } = flyteidl.core;

const booleans = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false] as const),
]);
const decimalFloat = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const namedFloat = /^([+-]?)(inf|infinity|nan)$/i;
/** Of the levels of a JSON value. */
const deepest = 100;

/**
 * A file's text as a literal of the type that the task declares, white space around it left off. Throws with Go's words for
 * what the type cannot be. Flyte: coreutils/literals.go MakeLiteralForSimpleType.
 */
export function simpleLiteral(type: SimpleType, text: string): Literal {
  const trimmed = text.replace(/^[ \n\t]+|[ \n\t]+$/g, "");
  switch (type) {
    case SimpleType.STRUCT:
      return { scalar: { generic: structOf(trimmed) } };
    case SimpleType.BINARY:
      return { scalar: { binary: { value: Buffer.from(trimmed), tag: "msgpack" } } };
    case SimpleType.ERROR:
      return { scalar: { error: { message: trimmed } } };
    case SimpleType.NONE:
      return { scalar: { noneType: {} } };
    default:
      return { scalar: { primitive: primitiveOf(type, trimmed) } };
  }
}

function structOf(text: string): object {
  try {
    return structFromJson(JSON.parse(text) as JsonValue, "value", deepest);
  } catch (thrown) {
    throw new Error(`failed to load generic type as json.: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function primitiveOf(type: SimpleType, text: string): Primitive {
  switch (type) {
    case SimpleType.INTEGER:
      return { integer: integerOf(text) };
    case SimpleType.FLOAT:
      return { floatValue: floatOf(text) };
    case SimpleType.BOOLEAN: {
      const boolean = booleans.get(text);
      if (boolean === undefined) throw syntaxError("failed to parse Bool value", "ParseBool", text);
      return { boolean };
    }
    case SimpleType.STRING:
      return { stringValue: text };
    case SimpleType.DATETIME: {
      const { seconds, nanos } = parsed("failed to parse Datetime in RFC3339 format", () => parseDatetime(text));
      return { datetime: { seconds: Long.fromNumber(seconds), nanos } };
    }
    case SimpleType.DURATION: {
      const nanos = parsed("failed to parse Duration, valid formats: e.g. 300ms, -1.5h, 2h45m", () => parseDuration(text));
      const seconds = Long.fromString(String(nanos / 1_000_000_000n));
      return { duration: { seconds, nanos: Number(nanos % 1_000_000_000n) } };
    }
    default:
      throw new Error(`unsupported type ${SimpleType[type] ?? type}`);
  }
}

function integerOf(text: string): Long {
  const doing = "failed to parse integer value";
  if (!/^[+-]?\d+$/.test(text)) throw syntaxError(doing, "ParseInt", text);
  const value = BigInt(text.replace(/^\+/, ""));
  if (BigInt.asIntN(64, value) !== value)
    throw new Error(`${doing}: strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return Long.fromString(String(value));
}

function floatOf(text: string): number {
  const doing = "failed to parse Float value";
  const [, sign = "", name = ""] = namedFloat.exec(text) ?? [];
  if (name.toLowerCase() === "nan" && sign === "") return NaN;
  if (name !== "" && name.toLowerCase() !== "nan") return sign === "-" ? -Infinity : Infinity;
  if (!decimalFloat.test(text)) throw syntaxError(doing, "ParseFloat", text);
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`${doing}: strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

function parsed<T>(doing: string, parse: () => T): T {
  try {
    return parse();
  } catch (thrown) {
    throw new Error(`${doing}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function syntaxError(doing: string, of: string, text: string): Error {
  return new Error(`${doing}: strconv.${of}: parsing ${JSON.stringify(text)}: invalid syntax`);
}
