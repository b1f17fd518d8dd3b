import type { Kysely } from "kysely";

const execution = ["execution_project", "execution_domain"];

const added: readonly { readonly table: string; readonly name: string; readonly columns: readonly string[] }[] = [
  { table: "executions", name: "executions_listed", columns: [...execution, "state", "id"] },
  { table: "executions", name: "executions_listed_by_created_at", columns: [...execution, "state", "created_at", "id"] },
  {
    table: "executions",
    name: "executions_listed_by_execution_created_at",
    columns: [...execution, "state", "execution_created_at", "id"],
  },
  { table: "executions", name: "executions_of_phase_by_created_at", columns: [...execution, "phase", "created_at", "id"] },
  ...["tasks", "workflows", "launch_plans"].map((table) => ({
    table,
    name: `${table}_listed_by_created_at`,
    columns: ["project", "domain", "created_at", "id"],
  })),
];

/** Names as the first migration gave them; Postgres keeps 63 characters of a name. */
const dropped = [
  "executions_by_execution_project_execution_domain_created_at_id",
  "executions_by_execution_project_execution_domain_execution_created_at_id",
  "executions_by_execution_project_execution_domain_phase",
  "executions_by_execution_project_execution_domain_id",
];

/** Indexes in the order of lists. Archived executions are in no list unless they are asked for, so `state` is part of them. */
export async function listOrders(db: Kysely<unknown>): Promise<void> {
  for (const { table, name, columns } of added) {
    await db.schema
      .createIndex(name)
      .on(table)
      .columns([...columns])
      .execute();
  }
  for (const index of dropped) await db.schema.dropIndex(index).execute();
}
