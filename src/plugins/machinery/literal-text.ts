import type { flyteidl } from "../../idl/flyteidl.ts";
import { timestampText } from "../../idl/timestamp-text.ts";
import { toNumber } from "../../idl/time.ts";
import type { Literal, Scalar } from "../../idl/types.ts";
import { goFloat, msgpackText } from "./msgpack-text.ts";

type Primitive = flyteidl.core.Primitive.$Properties;

/**
 * A literal as it is put into a command. Lists are `[a,b]`, blobs and schemas their URI. Throws RangeError for what has no
 * text: maps, structured datasets, unions and the like. (Flyte: pluginmachinery core/template.)
 */
export function literalText(literal: Literal): string {
  if (literal.collection != null) return `[${(literal.collection.literals ?? []).map(literalText).join(",")}]`;
  if (literal.scalar != null) return scalarText(literal.scalar);
  throw new RangeError(`received an unexpected literal type [${literal.map != null ? "map" : "none"}]`);
}

function scalarText(scalar: Scalar): string {
  if (scalar.primitive != null) return primitiveText(scalar.primitive);
  if (scalar.blob != null) return scalar.blob.uri ?? "";
  if (scalar.schema != null) return scalar.schema.uri ?? "";
  if (scalar.binary != null) {
    if (scalar.binary.tag !== "msgpack") throw new RangeError(`unsupported binary tag [${scalar.binary.tag ?? ""}]`);
    return msgpackText(scalar.binary.value ?? new Uint8Array());
  }
  const kind = Object.entries(scalar).find(([, value]) => value != null)?.[0] ?? "none";
  throw new RangeError(`received an unexpected scalar type [${kind}]`);
}

function primitiveText(primitive: Primitive): string {
  if (primitive.integer != null) return primitive.integer.toString();
  if (primitive.floatValue != null) return goFloat(primitive.floatValue);
  if (primitive.stringValue != null) return primitive.stringValue;
  if (primitive.boolean != null) return String(primitive.boolean);
  if (primitive.datetime != null) return timestampText(toNumber(primitive.datetime.seconds), primitive.datetime.nanos ?? 0);
  if (primitive.duration != null) {
    // Protobuf's text form.
    const { seconds, nanos } = primitive.duration;
    return [toNumber(seconds) === 0 ? "" : `seconds:${seconds?.toString()}`, nanos ? `nanos:${nanos}` : ""]
      .filter((part) => part !== "")
      .join(" ");
  }
  throw new RangeError("received an unexpected primitive type [none]");
}
