import type { EntityName } from "./tables.ts";

export type FilterFunction = "contains" | "not_like" | "gt" | "gte" | "lt" | "lte" | "eq" | "ne" | "value_in" | "value_not_in";

/** One condition on a column that tables.ts names. Values are bound, never part of the SQL text. */
export interface ColumnFilter {
  readonly entity: EntityName;
  readonly column: string;
  readonly function: FilterFunction;
  /** One value, or several for value_in and value_not_in. Timestamps as RFC 3339 text, durations in nanoseconds. */
  readonly values: readonly (string | number | boolean)[];
}

/** A page of rows: all filters hold. Ties of the sort column are broken by insertion, in the same direction. */
export interface ListQuery {
  readonly filters: readonly ColumnFilter[];
  /** A column of the listed entity; undefined leaves insertion order. */
  readonly sort?: { readonly column: string; readonly direction: "ASCENDING" | "DESCENDING" };
  readonly limit: number;
  readonly offset: number;
}
