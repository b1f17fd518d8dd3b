import { type Kysely, sql } from "kysely";
import { FlyteError } from "../../std/errors.ts";
import { adminTables } from "./migrations/0001_admin.ts";
import { catalogTables } from "./migrations/0002_catalog.ts";
import { propellerTables } from "./migrations/0003_propeller.ts";
import { descriptionTables } from "./migrations/0004_descriptions.ts";
import { signalTables } from "./migrations/0005_signals.ts";
import { listOrders } from "./migrations/0006_list_orders.ts";
import { executionTagTables } from "./migrations/0007_execution_tags.ts";
import { workflowConfigColumn } from "./migrations/0008_workflow_config.ts";
import { scheduleTables } from "./migrations/0009_schedules.ts";
import { resourceTokenTable } from "./migrations/0010_resource_tokens.ts";
import type { SqlDialect } from "./sql-database.ts";

/** One step from a format to the next. Never changed once released. */
export type Migration = (db: Kysely<unknown>, dialect: SqlDialect) => Promise<void>;

/** The format of a database is the number of these it has seen. */
export const migrations: readonly Migration[] = [
  adminTables,
  catalogTables,
  propellerTables,
  descriptionTables,
  signalTables,
  listOrders,
  executionTagTables,
  workflowConfigColumn,
  scheduleTables,
  resourceTokenTable,
];

type FormatTable = { readonly data_format: { readonly number: number } };

/**
 * Brings a database to the present format, step by step, each in a transaction. `backUp` is called with the format found
 * before a database that has data is changed. Throws FlyteError for a format that is newer, or a database of others.
 */
export async function migrate(
  db: Kysely<unknown>,
  dialect: SqlDialect,
  place: string,
  backUp: (format: number) => Promise<void> | void,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const found = await formatOf(db, dialect, place);
  if (found > steps.length) {
    throw new FlyteError({
      code: "DATABASE_FORMAT_NEWER",
      blame: "environment",
      message: `${place} has data format ${found}, this version of flyte knows formats up to ${steps.length}`,
      hint: "use the version of flyte that wrote it (npm install -g flyte@latest), or another data directory or database",
      details: { place, found, known: steps.length },
    });
  }
  if (found > 0 && found < steps.length) await backUp(found);
  for (const [index, step] of steps.entries()) {
    if (index < found) continue;
    await db.transaction().execute(async (transaction) => {
      if (index === 0) await createFormatTable(transaction, dialect);
      await step(transaction, dialect);
      await sql`update data_format set number = ${index + 1}`.execute(transaction);
    });
  }
}

async function formatOf(db: Kysely<unknown>, dialect: SqlDialect, place: string): Promise<number> {
  const tables = await dialect.tableNames(db);
  if (tables.length === 0) return 0;
  const row = tables.includes("data_format")
    ? await db.withTables<FormatTable>().selectFrom("data_format").select("number").executeTakeFirst()
    : undefined;
  if (row) return row.number;
  throw new FlyteError({
    code: "DATABASE_FOREIGN",
    blame: "environment",
    message: `${place} is a database, but not one of flyte's`,
    hint: "choose another data directory or database",
    details: { place },
  });
}

async function createFormatTable(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  await db.schema
    .createTable("data_format")
    .addColumn("number", dialect.integerType, (column) => column.notNull())
    .execute();
  await sql`insert into data_format (number) values (0)`.execute(db);
}
