import { StatusError } from "../../../idl/status.ts";

/**
 * The key of a row inserted with ON CONFLICT DO NOTHING and RETURNING: that way a repeated row is no database error, which
 * would end the transaction on Postgres. Throws ALREADY_EXISTS when nothing was inserted.
 */
export function insertedKey(row: { readonly id: number } | undefined, unique: readonly string[]): number {
  if (!row) throw alreadyExists(unique);
  return row.id;
}

export function alreadyExists(unique: readonly string[]): StatusError {
  return new StatusError("ALREADY_EXISTS", `value with matching already exists (${unique.join(", ")})`);
}

/** A statement that changed no row was meant for one that is not there. */
export function mustChange(result: { readonly numUpdatedRows: bigint }, table: string, key: number): void {
  if (result.numUpdatedRows === 0n) throw new StatusError("NOT_FOUND", `no row ${key} in ${table}`);
}

/** A duration or size that a column can hold and give back: whole, at most 53 bits (nanoseconds of 104 days). */
export function wholeOf(value: number | null): number | null {
  return value === null ? null : Math.max(Math.min(Math.round(value), Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER);
}
