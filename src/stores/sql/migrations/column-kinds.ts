import type { CreateTableBuilder } from "kysely";
import type { SqlDialect } from "../sql-database.ts";

export type ColumnType = "text" | "integer" | "bytes" | "real";

/** Adds columns by name: `"text"` and so on may not be null, `"text?"` may. */
export function withColumns<Table extends string>(
  table: CreateTableBuilder<Table, string>,
  dialect: SqlDialect,
  columns: Readonly<Record<string, ColumnType | `${ColumnType}?`>>,
): CreateTableBuilder<Table, string> {
  const types = { text: dialect.textType, integer: dialect.integerType, bytes: dialect.bytesType, real: "double precision" } as const;
  let built = table;
  for (const [name, kind] of Object.entries(columns)) {
    const type = kind.replace("?", "") as ColumnType;
    built = built.addColumn(name, types[type], (column) => (kind.endsWith("?") ? column : column.notNull()));
  }
  return built;
}

export const times = { created_at: "text", updated_at: "text" } as const;
export const ofExecution = { execution_project: "text", execution_domain: "text", execution_name: "text" } as const;
export const versioned = { project: "text", domain: "text", name: "text", version: "text" } as const;
