import type { Kysely, Selectable } from "kysely";
import { StatusError } from "../../../idl/status.ts";
import type { LaunchPlanRow, StateWriter } from "../../../ports/state-store.ts";
import type { Tables } from "../schema.ts";
import type { LockName } from "../sql-database.ts";
import { mustChange } from "./inserted-key.ts";
import { versionedTable } from "./versioned-table.ts";

const active = 1;

export function launchPlanRepository(db: Kysely<Tables>, inOrder: Kysely<Tables>, lockName: LockName): StateWriter["launchPlans"] {
  const table = versionedTable(db, inOrder, "launch_plan", rowOf);
  return {
    ...table,
    async getActive({ project, domain, name }) {
      // Who reads this in a write goes on to change which one is active.
      await lockName(JSON.stringify(["active launch plan", project, domain, name]));
      const row = await db
        .selectFrom("launch_plans")
        .selectAll()
        .where("project", "=", project)
        .where("domain", "=", domain)
        .where("name", "=", name)
        .where("state", "=", active)
        .orderBy("id", "desc")
        .executeTakeFirst();
      return row && rowOf(row);
    },
    insert: ({ project, domain, name, version, digest, spec, closure, state, ...row }) =>
      table.insert({
        project,
        domain,
        name,
        version,
        digest,
        spec,
        closure,
        state,
        workflow_id: row.workflowKey,
        schedule_type: row.scheduleType,
        launch_condition_type: null,
        created_at: row.createdAt,
        updated_at: row.updatedAt,
      }),
    async setState(key, state, updatedAt) {
      const changed = await db.updateTable("launch_plans").set({ state, updated_at: updatedAt }).where("id", "=", key).executeTakeFirst();
      mustChange(changed, "launch_plans", key);
    },
  };
}

function rowOf(row: Selectable<Tables["launch_plans"]>): LaunchPlanRow {
  const { project, domain, name, version, digest, spec, closure, state } = row;
  return {
    key: row.id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    project,
    domain,
    name,
    version,
    digest,
    spec,
    closure,
    state,
    workflowKey: row.workflow_id,
    scheduleType: scheduleTypeOf(row.schedule_type),
  };
}

function scheduleTypeOf(text: string): LaunchPlanRow["scheduleType"] {
  if (text === "NONE" || text === "CRON" || text === "RATE") return text;
  throw new StatusError("DATA_LOSS", `a launch plan has the unknown schedule type ${text}`);
}
