import { type RawBuilder, type SqlBool, sql } from "kysely";
import { StatusError } from "../../idl/status.ts";
import type { ColumnFilter, FilterFunction } from "../../ports/list-query.ts";
import type { ColumnKind } from "../../ports/tables.ts";
import { normalTimestamp } from "./timestamp-text.ts";

const mostValues = 1000;
const longestValue = 10_000;

const comparisons = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=`, eq: sql`=`, ne: sql`<>` } as const satisfies Partial<
  Record<FilterFunction, RawBuilder<unknown>>
>;

/**
 * One filter as SQL on `column`; values are bound. `contains` is LIKE with the value between `%`, `not_like` NOT LIKE with the
 * value as it is; wildcards in values are live, and case counts. Null matches nothing. INVALID_ARGUMENT for a value that does
 * not fit the column's kind, or too many or too long ones.
 */
export function filterCondition(column: RawBuilder<unknown>, kind: ColumnKind, filter: ColumnFilter): RawBuilder<SqlBool> {
  const invalid = (): StatusError => new StatusError("INVALID_ARGUMENT", `invalid value for ${filter.column}`);
  const several = filter.function === "value_in" || filter.function === "value_not_in";
  const [first] = filter.values;
  if (first === undefined || (!several && filter.values.length > 1) || filter.values.length > mostValues) throw invalid();
  if (filter.values.some((value) => typeof value === "string" && (value.length > longestValue || value.includes("\0")))) throw invalid();
  const bound = (value: string | number | boolean): string | number => {
    const fitting = fit(kind, value);
    if (fitting === undefined) throw invalid();
    return fitting;
  };
  switch (filter.function) {
    case "contains":
      return like(column, kind, sql`like`, `%${String(first)}%`);
    case "not_like":
      return like(column, kind, sql`not like`, String(first));
    case "value_in":
      return sql<SqlBool>`${column} in (${sql.join(filter.values.map(bound))})`;
    case "value_not_in":
      return sql<SqlBool>`${column} not in (${sql.join(filter.values.map(bound))})`;
    case "gt":
    case "gte":
    case "lt":
    case "lte":
    case "eq":
    case "ne":
      return sql<SqlBool>`${column} ${comparisons[filter.function]} ${bound(first)}`;
    default:
      throw new StatusError("INVALID_ARGUMENT", `unrecognized filter function: ${String(filter.function)}`);
  }
}

function like(column: RawBuilder<unknown>, kind: ColumnKind, operator: RawBuilder<unknown>, pattern: string): RawBuilder<SqlBool> {
  const text = kind === "integer" || kind === "duration" ? sql`cast(${column} as text)` : column;
  // Postgres escapes by backslash unless told otherwise, SQLite not at all unless told.
  return sql<SqlBool>`${text} ${operator} ${pattern} escape '\\'`;
}

function fit(kind: ColumnKind, value: string | number | boolean): string | number | undefined {
  switch (kind) {
    case "text":
      return String(value);
    case "timestamp":
      return normalTimestamp(String(value));
    case "integer":
    case "duration": {
      const number = typeof value === "string" ? (/^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : Number.NaN) : Number(value);
      return Number.isInteger(number) && Math.abs(number) < 2 ** 63 ? number : undefined;
    }
  }
}
