import { flyteidl } from "../../idl/flyteidl.ts";
import type { LiteralType } from "../../idl/types.ts";

const simple = flyteidl.core.SimpleType;
const simpleNames: Readonly<Record<number, readonly [name: string, example: string]>> = {
  [simple.NONE]: ["none", "null"],
  [simple.INTEGER]: ["integer", "3"],
  [simple.FLOAT]: ["float", "0.5"],
  [simple.STRING]: ["string", "text"],
  [simple.BOOLEAN]: ["boolean", "true"],
  [simple.DATETIME]: ["datetime", "2026-01-31T12:00:00Z"],
  [simple.DURATION]: ["duration", "1h30m"],
  [simple.STRUCT]: ["struct", '{"key": "value"}'],
};
const multipart = flyteidl.core.BlobType.BlobDimensionality.MULTIPART;

/** A type as people name it, e.g. `list of integer`, `one of RED, GREEN`, `file`. */
export function typeName(type: LiteralType | null | undefined): string {
  if (type?.collectionType != null) return `list of ${typeName(type.collectionType)}`;
  if (type?.mapValueType != null) return `map of ${typeName(type.mapValueType)}`;
  if (type?.unionType != null) return (type.unionType.variants ?? []).map(typeName).join(" or ");
  if (type?.enumType != null) return `one of ${(type.enumType.values ?? []).join(", ")}`;
  if (type?.blob != null) return type.blob.dimensionality === multipart ? "directory" : "file";
  if (type?.structuredDatasetType != null) return "structured dataset";
  if (type?.schema != null) return "schema";
  return simpleNames[type?.simple ?? -1]?.[0] ?? "value of a type this version cannot write";
}

/** How a value of the type may be written after `--input name=`. */
export function typeExample(type: LiteralType | null | undefined): string {
  if (type?.collectionType != null) return `[${[1, 2].map(() => jsonExample(type.collectionType)).join(", ")}]`;
  if (type?.mapValueType != null) return `{"key": ${jsonExample(type.mapValueType)}}`;
  if (type?.unionType != null) return typeExample(type.unionType.variants?.[0]);
  if (type?.enumType != null) return type.enumType.values?.[0] ?? "";
  if (type?.blob != null)
    return type.blob.dimensionality === multipart ? "./directory or s3://bucket/directory" : "./file or s3://bucket/file";
  if (type?.structuredDatasetType != null || type?.schema != null) return "./data.parquet or s3://bucket/data.parquet";
  return simpleNames[type?.simple ?? -1]?.[1] ?? "";
}

function jsonExample(type: LiteralType | null | undefined): string {
  const example = typeExample(type);
  try {
    JSON.parse(example);
    return example;
  } catch {
    return JSON.stringify(example);
  }
}
