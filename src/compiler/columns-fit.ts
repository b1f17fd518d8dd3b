import { flyteidl } from "../idl/flyteidl.ts";
import type { LiteralType } from "../idl/types.ts";

type SchemaType = flyteidl.core.SchemaType.$Properties;
type DatasetType = flyteidl.core.StructuredDatasetType.$Properties;
type Casts = (upstream: LiteralType | null | undefined, downstream: LiteralType | null | undefined) => boolean;

const { SimpleType } = flyteidl.core;
const { SchemaColumnType } = flyteidl.core.SchemaType.SchemaColumn;

/** Whether a table of type `upstream` may be given for a schema: what it names of columns must be there with equal types. */
export function schemaFits(upstream: LiteralType | null | undefined, downstream: SchemaType): boolean {
  if (upstream?.schema != null) {
    return columnsFit(upstream.schema.columns, downstream.columns, (given, wanted) => (given.type ?? 0) === (wanted.type ?? 0));
  }
  if (upstream?.structuredDatasetType == null || !isParquet(upstream.structuredDatasetType)) return false;
  return columnsFit(upstream.structuredDatasetType.columns, downstream.columns, (given, wanted) =>
    isSimpleOfColumn(given.literalType, wanted.type),
  );
}

/** The same for a structured dataset; `casts` compares columns of two of them. */
export function datasetFits(upstream: LiteralType | null | undefined, downstream: DatasetType, casts: Casts): boolean {
  if (upstream?.schema != null) {
    const fits = columnsFit(upstream.schema.columns, downstream.columns, (given, wanted) =>
      isSimpleOfColumn(wanted.literalType, given.type),
    );
    return isParquet(downstream) && fits;
  }
  const dataset = upstream?.structuredDatasetType;
  if (dataset == null) return false;
  if (dataset.format && downstream.format && dataset.format.toLowerCase() !== downstream.format.toLowerCase()) return false;
  return columnsFit(dataset.columns, downstream.columns, (given, wanted) => casts(given.literalType, wanted.literalType));
}

// Schemas are always stored as parquet.
const isParquet = (dataset: DatasetType): boolean => !dataset.format || dataset.format.toLowerCase() === "parquet";

/** No columns on either side means any. */
function columnsFit<Given extends { readonly name?: string | null }, Wanted extends { readonly name?: string | null }>(
  given: readonly Given[] | null | undefined,
  wanted: readonly Wanted[] | null | undefined,
  same: (given: Given, wanted: Wanted) => boolean,
): boolean {
  if (!given?.length || !wanted?.length) return true;
  const byName = new Map(given.map((column) => [column.name ?? "", column]));
  return wanted.every((column) => {
    const found = byName.get(column.name ?? "");
    return found !== undefined && same(found, column);
  });
}

const simpleOfColumn: Readonly<Record<number, number>> = {
  [SchemaColumnType.INTEGER]: SimpleType.INTEGER,
  [SchemaColumnType.FLOAT]: SimpleType.FLOAT,
  [SchemaColumnType.STRING]: SimpleType.STRING,
  [SchemaColumnType.BOOLEAN]: SimpleType.BOOLEAN,
  [SchemaColumnType.DATETIME]: SimpleType.DATETIME,
  [SchemaColumnType.DURATION]: SimpleType.DURATION,
};

function isSimpleOfColumn(type: LiteralType | null | undefined, column: number | null | undefined): boolean {
  return type?.simple != null && type.simple === simpleOfColumn[column ?? 0];
}
