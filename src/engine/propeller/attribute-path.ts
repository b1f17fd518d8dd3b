import Long from "long";
import { readMsgpack } from "../../idl/msgpack-parts.ts";
import { ResolveError } from "./resolve-error.ts";
import type { google } from "../../idl/flyteidl.ts";
import type { flyteidl } from "../../idl/flyteidl.ts";
import type { Literal } from "../../idl/types.ts";

type Attribute = flyteidl.core.PromiseAttribute.$Properties;
type StructValue = google.protobuf.Value.$Properties;

const refuse = (message: string): ResolveError => new ResolveError("PromiseAttributeResolveError", message);
const textOf = (attribute: Attribute): string => attribute.stringValue ?? String(attribute.intValue ?? 0);
/** An attribute read as an index, or undefined when it is a name. */
const indexOf = (attribute: Attribute): number | undefined => (attribute.stringValue != null ? undefined : (attribute.intValue ?? 0));

const none: Literal = { scalar: { noneType: {} } };

/** A value inside a struct as a literal: all its numbers are floats. */
function literalOfStruct(value: StructValue): Literal {
  if (value.stringValue != null) return { scalar: { primitive: { stringValue: value.stringValue } } };
  if (value.numberValue != null) return { scalar: { primitive: { floatValue: value.numberValue } } };
  if (value.boolValue != null) return { scalar: { primitive: { boolean: value.boolValue } } };
  if (value.structValue != null) return { scalar: { generic: value.structValue } };
  if (value.listValue != null) return { collection: { literals: (value.listValue.values ?? []).map(literalOfStruct) } };
  return none;
}

function insideStruct(struct: google.protobuf.Struct.$Properties, path: readonly Attribute[]): Literal {
  let value: StructValue = { structValue: struct };
  for (const attribute of path) {
    const index = indexOf(attribute);
    const items: StructValue[] | null | undefined = value.listValue?.values;
    const fields: Record<string, StructValue> | null | undefined = value.structValue?.fields;
    if (index !== undefined) {
      const item: StructValue | undefined = value.listValue == null ? undefined : items?.[index];
      if (item === undefined) throw refuse(`index [${index}] is out of range in a list of [${items?.length ?? 0}]`);
      value = item;
    } else {
      const name = textOf(attribute);
      const field: StructValue | undefined = fields != null && Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) throw refuse(`key [${name}] does not exist in a struct of [${Object.keys(fields ?? {}).join(", ")}]`);
      value = field;
    }
  }
  return literalOfStruct(value);
}

const msgpack = (value: Uint8Array): Literal => ({ scalar: { binary: { value, tag: "msgpack" } } });

function literalOfMsgpack(bytes: Uint8Array): Literal {
  const value = readMsgpack(bytes);
  switch (value.kind) {
    case "nil":
      return none;
    case "boolean":
      return { scalar: { primitive: { boolean: value.value } } };
    case "integer":
      return { scalar: { primitive: { integer: Long.fromString(BigInt.asIntN(64, value.value).toString()) } } };
    case "float":
      return { scalar: { primitive: { floatValue: value.value } } };
    case "string":
      return { scalar: { primitive: { stringValue: value.value } } };
    case "array":
      return { collection: { literals: value.items.map(msgpack) } };
    case "map":
    case "binary":
    case "extension":
      return msgpack(bytes);
  }
}

function insideMsgpack(bytes: Uint8Array, path: readonly Attribute[]): Literal {
  let current = bytes;
  for (const attribute of path) {
    const value = readMsgpack(current);
    const index = indexOf(attribute);
    if (value.kind === "array" && index !== undefined) {
      const item = value.items[index];
      if (item === undefined) throw refuse(`index [${index}] is out of range in a list of [${value.items.length}]`);
      current = item;
    } else if (value.kind === "map") {
      // Maps of a dataclass have texts for keys; maps with numbers for keys are looked up by number.
      const found = value.entries.find(([key]) => {
        const name = readMsgpack(key);
        return index === undefined
          ? name.kind === "string" && name.value === textOf(attribute)
          : name.kind === "integer" && name.value === BigInt(index);
      });
      if (!found) throw refuse(`key [${textOf(attribute)}] does not exist`);
      current = found[1];
    } else {
      throw refuse(`[${textOf(attribute)}] cannot be looked up in a value of kind ${value.kind}`);
    }
  }
  return literalOfMsgpack(current);
}

/**
 * What `path` leads to inside `literal`: through maps by name and lists by index, then inside a struct or a msgpack
 * binary. `load` reads a literal that is kept in a file of its own. ResolveError PromiseAttributeResolveError where the
 * path leads nowhere. Flyte: nodes/attr_path_resolver.go.
 */
export async function followPath(literal: Literal, path: readonly Attribute[], load: (uri: string) => Promise<Literal>): Promise<Literal> {
  let current = literal;
  for (const [position, attribute] of path.entries()) {
    if (current.offloadedMetadata != null) current = await load(current.offloadedMetadata.uri ?? "");
    const index = indexOf(attribute);
    if (current.map != null) {
      const literals = current.map.literals ?? {};
      const name = textOf(attribute);
      const next = index === undefined && Object.hasOwn(literals, name) ? literals[name] : undefined;
      if (next === undefined) throw refuse(`key [${name}] does not exist in a map of [${Object.keys(literals).join(", ")}]`);
      current = next;
    } else if (current.collection != null) {
      const literals = current.collection.literals ?? [];
      const next = index === undefined ? undefined : literals[index];
      if (next === undefined) throw refuse(`index [${textOf(attribute)}] is out of range in a list of [${literals.length}]`);
      current = next;
    } else if (current.scalar?.generic != null) {
      return insideStruct(current.scalar.generic, path.slice(position));
    } else if (current.scalar?.binary != null && current.scalar.binary.tag === "msgpack") {
      try {
        return insideMsgpack(current.scalar.binary.value ?? new Uint8Array(), path.slice(position));
      } catch (thrown) {
        throw thrown instanceof RangeError ? refuse(thrown.message) : thrown;
      }
    } else {
      throw refuse(`[${textOf(attribute)}] cannot be looked up in a value without parts`);
    }
  }
  return current;
}
