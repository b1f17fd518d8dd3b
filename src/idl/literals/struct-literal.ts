import { encodeMsgpack } from "../msgpack.ts";
import type { Literal, LiteralType } from "../types.ts";
import { structOf } from "./struct-of-object.ts";

/** The literal of a dataclass or a dict: MessagePack where the type says so (flytekit since 1.14), else a protobuf Struct; undefined for what can be none. */
export function structLiteral(value: unknown, type: LiteralType): Literal | undefined {
  const metadata = type.annotation?.annotations?.fields?.["cache-key-metadata"]?.structValue?.fields;
  if (metadata?.["serialization-format"]?.stringValue === "msgpack")
    return { scalar: { binary: { value: encodeMsgpack(value), tag: "msgpack" } } };
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? { scalar: { generic: structOf({ ...value }) } } : undefined;
}
