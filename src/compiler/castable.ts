import { flyteidl } from "../idl/flyteidl.ts";
import { structJson } from "../idl/json/well-known-json.ts";
import { protoText } from "../idl/type-text.ts";
import type { LiteralType } from "../idl/types.ts";
import { datasetFits, schemaFits } from "./columns-fit.ts";
import { jsonSchemaFits } from "./json-schema-fits.ts";

const { SimpleType } = flyteidl.core;
type MaybeType = LiteralType | null | undefined;

/**
 * Whether a value of type `upstream` may be given where `downstream` is expected. Flyte's table: looser than equality
 * for unions, enums, structs, blobs, schemas and structured datasets, for empty lists and maps, and for tags.
 */
export function castable(upstream: MaybeType, downstream: MaybeType): boolean {
  const variants = upstream?.unionType?.variants;
  if (variants?.length === 1 && casts(variants[0], downstream)) return true;
  return casts(upstream, downstream);
}

/** As castable, but a union of one variant is not looked into: so it is within lists, maps and columns. */
function casts(upstream: MaybeType, downstream: MaybeType): boolean {
  if (downstream?.collectionType != null) return elementsCast(upstream?.collectionType, downstream.collectionType);
  if (downstream?.mapValueType != null) return elementsCast(upstream?.mapValueType, downstream.mapValueType);
  if (downstream?.blob != null) return blobsCast(upstream?.blob?.format, downstream.blob.format, upstream?.blob != null);
  if (downstream?.schema != null) return schemaFits(upstream, downstream.schema);
  if (downstream?.unionType != null) return unionTakes(upstream, downstream.unionType.variants ?? []);
  if (downstream?.structuredDatasetType != null) return isNone(upstream) || datasetFits(upstream, downstream.structuredDatasetType, casts);
  if (isNone(downstream)) return isNone(upstream);
  return plainCasts(upstream, downstream);
}

const isNone = (type: MaybeType): boolean => type?.simple === SimpleType.NONE;

function elementsCast(upstream: MaybeType, downstream: LiteralType): boolean {
  return upstream != null && (isNone(upstream) || casts(upstream, downstream));
}

function blobsCast(upstream: string | null | undefined, downstream: string | null | undefined, isBlob: boolean): boolean {
  return isBlob && (!upstream || !downstream || upstream === downstream);
}

function unionTakes(upstream: MaybeType, variants: readonly LiteralType[]): boolean {
  if (upstream?.unionType != null) {
    return (upstream.unionType.variants ?? []).every((given) => variants.some((variant) => castable(given, variant)));
  }
  return variants.filter((variant) => castable(upstream, variant)).length === 1;
}

function plainCasts(upstream: MaybeType, downstream: MaybeType): boolean {
  if (upstream?.enumType != null && downstream?.simple === SimpleType.STRING) return true;
  if (downstream?.enumType != null && upstream?.simple === SimpleType.STRING) return true;
  const tag = upstream?.structure?.tag;
  if (tag && downstream?.structure?.tag !== tag) return false;
  if (upstream?.simple === SimpleType.STRUCT && downstream?.simple === SimpleType.STRUCT) {
    if (upstream.metadata == null || downstream.metadata == null) return true;
    return jsonSchemaFits(structJson(upstream.metadata), structJson(downstream.metadata));
  }
  return bareText(upstream) === bareText(downstream);
}

/** A type without structure, metadata and annotation. */
function bareText(type: MaybeType): string {
  if (type == null) return "";
  return protoText({
    simple: type.simple,
    schema: type.schema,
    collectionType: type.collectionType,
    mapValueType: type.mapValueType,
    blob: type.blob,
    enumType: type.enumType,
    structuredDatasetType: type.structuredDatasetType,
    unionType: type.unionType,
  });
}
