import type { Field, Type } from "protobufjs";
import { fromJsonValue } from "../../idl/json/from-json-value.ts";
import type { JsonValue } from "../../idl/json/json-value.ts";
import { badValue, scalarFromJson } from "../../idl/json/scalar-from-json.ts";
import { setOwn } from "../../idl/json/well-known-from-json.ts";
import { StatusError } from "../../idl/status.ts";
import type { FieldPath } from "./http-route-table.ts";
import { fieldPath } from "./http-route-table.ts";

type Plain = Record<string, unknown>;

const booleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true])),
  ...Object.fromEntries(["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false])),
};

/** The text of a path or query parameter as a field's value: enums by name or number, bytes in base64, well-known types in their JSON text. */
function valueOfText(field: Field, text: string, path: string): unknown {
  const type = field.resolvedType;
  if (type !== null && "fields" in type) {
    if (!type.fullName.startsWith(".google.protobuf.")) throw badValue(path, `the fields of a ${type.name}, as ${path}.<field>`, text);
    const wrapped = type.fullName.endsWith("Value") ? type.fields["value"] : undefined;
    return wrapped ? { value: valueOfText(wrapped, text, path) } : fromJsonValue(type, text, path);
  }
  let json: JsonValue = text;
  if (type !== null && /^-?\d+$/.test(text)) json = Number(text);
  if (field.type === "bool") json = Object.hasOwn(booleans, text) ? (booleans[text] ?? text) : text;
  return scalarFromJson(field, json, path);
}

/** The message that holds the last field of a path, made on the way where it is not there; a path through a set oneof member replaces nothing. */
function holderOf(message: Plain, path: FieldPath): { holder: Plain; field: Field } {
  let holder = message;
  for (const field of path.fields.slice(0, -1)) {
    const inner = (holder[field.name] ?? {}) as Plain;
    setOwn(holder, field.name, inner);
    holder = inner;
  }
  const field = path.fields.at(-1);
  if (!field) throw new Error("a path without a field");
  return { holder, field };
}

/** Puts a path parameter into a request; it wins over the body. */
export function setPathParameter(message: Plain, path: FieldPath, text: string): void {
  const { holder, field } = holderOf(message, path);
  setOwn(holder, field.name, valueOfText(field, text, path.text));
}

/**
 * Puts query parameters into a request: `a.b=1`, repeated fields by repetition, maps as `field[key]=value`. As in Flyte's
 * gateway, parameters that name no field are passed over and those of the path cannot be given again.
 */
export function setQueryParameters(message: Plain, type: Type, query: URLSearchParams, fromPath: readonly FieldPath[]): void {
  for (const name of new Set(query.keys())) {
    const [, base = name, key] = /^(.+?)\[([^\]]*)\]$/.exec(name) ?? [];
    const path = fieldPath(type, base);
    if (!path || fromPath.some((taken) => samePath(taken, path))) continue;
    const { holder, field } = holderOf(message, path);
    const texts = query.getAll(name);
    if (field.map) {
      if (key === undefined) throw badValue(base, `a map as ${base}[key]=value`, texts[0] ?? "");
      const map = (holder[field.name] ?? {}) as Plain;
      setOwn(map, key, valueOfText(field, texts.at(-1) ?? "", name));
      setOwn(holder, field.name, map);
    } else if (field.repeated) {
      setOwn(
        holder,
        field.name,
        texts.map((text) => valueOfText(field, text, base)),
      );
    } else {
      if (texts.length > 1) throw new StatusError("INVALID_ARGUMENT", `parameter ${base} is given ${texts.length} times`);
      setOwn(holder, field.name, valueOfText(field, texts[0] ?? "", base));
    }
  }
}

const samePath = (a: FieldPath, b: FieldPath): boolean =>
  a.fields.length === b.fields.length && a.fields.every((field, index) => field === b.fields[index]);
