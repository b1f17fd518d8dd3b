import type { Kysely, Selectable } from "kysely";
import type { ScheduleRow, StateWriter } from "../../../ports/state-store.ts";
import type { Tables } from "../schema.ts";
import type { Announcements } from "../sql-database.ts";

const unique = ["project", "domain", "name", "version"] as const;

export function scheduleRepository(db: Kysely<Tables>, announcements: Announcements | undefined): StateWriter["schedules"] {
  const active = () => db.selectFrom("schedulable_entities").selectAll().where("active", "=", 1);
  return {
    async listActive() {
      return (await active().orderBy("project").orderBy("domain").orderBy("name").execute()).map(rowOf);
    },
    async getActive({ project, domain, name }) {
      const row = await active().where("project", "=", project).where("domain", "=", domain).where("name", "=", name).executeTakeFirst();
      return row && rowOf(row);
    },
    async activate({ project, domain, name, version, cron, rate, kickoffArgument }, at) {
      const says = { cron_expression: cron, fixed_rate_value: rate.value, unit: rate.unit, kickoff_time_input_arg: kickoffArgument };
      await db
        .insertInto("schedulable_entities")
        .values({ project, domain, name, version, ...says, active: 1, last_tick: null, created_at: at, updated_at: at })
        .onConflict((conflict) =>
          conflict
            .columns(unique)
            .doUpdateSet({ ...says, active: 1, updated_at: at })
            .where("schedulable_entities.active", "=", 0),
        )
        .execute();
      await announcements?.announce(db, "schedule", { project, domain, name });
    },
    async deactivate({ project, domain, name, version }, at) {
      await db
        .updateTable("schedulable_entities")
        .set({ active: 0, updated_at: at })
        .where("project", "=", project)
        .where("domain", "=", domain)
        .where("name", "=", name)
        .where("version", "=", version)
        .where("active", "=", 1)
        .execute();
      await announcements?.announce(db, "schedule", { project, domain, name });
    },
    async setLastTick({ project, domain, name, version }, tick) {
      await db
        .updateTable("schedulable_entities")
        .set({ last_tick: tick })
        .where("project", "=", project)
        .where("domain", "=", domain)
        .where("name", "=", name)
        .where("version", "=", version)
        .where((build) => build.or([build("last_tick", "is", null), build("last_tick", "<", tick)]))
        .execute();
    },
  };
}

function rowOf(row: Selectable<Tables["schedulable_entities"]>): ScheduleRow {
  const { project, domain, name, version } = row;
  return {
    project,
    domain,
    name,
    version,
    cron: row.cron_expression,
    rate: { value: row.fixed_rate_value, unit: row.unit },
    kickoffArgument: row.kickoff_time_input_arg,
    activatedAt: row.updated_at,
    lastTick: row.last_tick,
  };
}
