import { flyteidl } from "./flyteidl.ts";
import type { google } from "./flyteidl.ts";
import type { Identifier, LiteralType } from "./types.ts";

const { SimpleType, SchemaType, BlobType } = flyteidl.core;

/**
 * A type as Flyte's messages show it: protobuf text on one line, except that STRUCT lists the fields of its dataclass
 * only and no type is `None`.
 */
export function typeText(type: LiteralType | null | undefined): string {
  if (type == null) return "None";
  if (type.simple === SimpleType.STRUCT) {
    const fields = Object.entries(type.structure?.dataclassType ?? {}).sort(byKey);
    return `simple: STRUCT structure{${fields.map(([key, field]) => `dataclass_type:{key:${key} value:{${typeText(field)}}`).join(", ")}}`;
  }
  return protoText(type);
}

/** The protobuf text of a type with all it holds: two types are equal when theirs is. */
export function protoText(type: LiteralType): string {
  return fields(
    type.simple == null ? "" : `simple:${SimpleType[type.simple] ?? type.simple}`,
    message("schema", type.schema, (schema) =>
      fields(
        ...(schema.columns ?? []).map((column) => {
          const kind = column.type ? `type:${SchemaType.SchemaColumn.SchemaColumnType[column.type] ?? column.type}` : "";
          return `columns:{${fields(text("name", column.name), kind)}}`;
        }),
      ),
    ),
    message("collection_type", type.collectionType, protoText),
    message("map_value_type", type.mapValueType, protoText),
    message("blob", type.blob, (blob) => {
      const dimensionality = blob.dimensionality
        ? `dimensionality:${BlobType.BlobDimensionality[blob.dimensionality] ?? blob.dimensionality}`
        : "";
      return fields(text("format", blob.format), dimensionality);
    }),
    message("enum_type", type.enumType, (kind) => fields(...(kind.values ?? []).map((value) => `values:${quoted(value)}`))),
    message("structured_dataset_type", type.structuredDatasetType, (dataset) =>
      fields(
        ...(dataset.columns ?? []).map(
          (column) => `columns:{${fields(text("name", column.name), message("literal_type", column.literalType, protoText))}}`,
        ),
        text("format", dataset.format),
        text("external_schema_type", dataset.externalSchemaType),
        dataset.externalSchemaBytes?.length ? `external_schema_bytes:${quotedBytes(dataset.externalSchemaBytes)}` : "",
      ),
    ),
    message("union_type", type.unionType, (union) =>
      fields(...(union.variants ?? []).map((variant) => `variants:{${protoText(variant)}}`)),
    ),
    message("metadata", type.metadata, structText),
    message("annotation", type.annotation, (annotation) => message("annotations", annotation.annotations, structText)),
    message("structure", type.structure, (structure) =>
      fields(
        text("tag", structure.tag),
        ...Object.entries(structure.dataclassType ?? {})
          .sort(byKey)
          .map(([key, field]) => `dataclass_type:{key:${quoted(key)} value:{${protoText(field)}}}`),
      ),
    ),
  );
}

/** An identifier as protobuf text, e.g. `resource_type:TASK project:"p" domain:"d" name:"n" version:"v"`: its key inside the compiler. */
export function identifierText(id: Identifier | null | undefined): string {
  if (id == null) return "<nil>";
  const kind = id.resourceType ? `resource_type:${flyteidl.core.ResourceType[id.resourceType] ?? id.resourceType}` : "";
  return fields(
    kind,
    text("project", id.project),
    text("domain", id.domain),
    text("name", id.name),
    text("version", id.version),
    text("org", id.org),
  );
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);
const fields = (...texts: readonly string[]): string => texts.filter((one) => one !== "").join(" ");
const text = (name: string, value: string | null | undefined): string => (value ? `${name}:${quoted(value)}` : "");

function message<T>(name: string, value: T | null | undefined, inner: (value: T) => string): string {
  return value == null ? "" : `${name}:{${inner(value)}}`;
}

function structText(struct: google.protobuf.Struct.$Properties): string {
  return fields(
    ...Object.entries(struct.fields ?? {})
      .sort(byKey)
      .map(([key, value]) => `fields:{key:${quoted(key)} value:{${valueText(value)}}}`),
  );
}

function valueText(value: google.protobuf.Value.$Properties): string {
  if (value.structValue != null) return `struct_value:{${structText(value.structValue)}}`;
  if (value.listValue != null)
    return `list_value:{${fields(...(value.listValue.values ?? []).map((one) => `values:{${valueText(one)}}`))}}`;
  if (value.stringValue != null) return `string_value:${quoted(value.stringValue)}`;
  if (value.boolValue != null) return `bool_value:${value.boolValue}`;
  if (value.numberValue != null) return `number_value:${value.numberValue}`;
  return value.nullValue == null ? "" : "null_value:NULL_VALUE";
}

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

function quoted(value: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is escaped
  return `"${value.replace(/["\\\u0000-\u001f\u007f]/g, (one) => escapes[one] ?? `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`;
}

function quotedBytes(bytes: Uint8Array): string {
  const one = (byte: number): string => (byte < 32 || byte > 126 ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte));
  return `"${Array.from(bytes, (byte) => escapes[String.fromCharCode(byte)] ?? one(byte)).join("")}"`;
}
