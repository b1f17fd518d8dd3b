import type { Kysely, Selectable } from "kysely";
import type { MatchableRow, MatchableScope, StateWriter } from "../../../ports/state-store.ts";
import { preparedQuery } from "../prepared-query.ts";
import type { Tables } from "../schema.ts";
import type { LockName, SqlContext } from "../sql-database.ts";
import { timestampText } from "../timestamp-text.ts";

const unique = ["project", "domain", "workflow", "launch_plan", "resource_type"] as const;

export function matchableRepository(db: Kysely<Tables>, { clock }: SqlContext, lockName: LockName): StateWriter["matchables"] {
  const all = (resourceType: string) => db.selectFrom("resources").selectAll("resources").where("resource_type", "=", resourceType);
  const at = (resourceType: string, { project, domain, workflow, launchPlan }: MatchableScope) =>
    all(resourceType)
      .where("project", "=", project)
      .where("domain", "=", domain)
      .where("workflow", "=", workflow)
      .where("launch_plan", "=", launchPlan);
  const get: StateWriter["matchables"]["get"] = async (resourceType, scope) => {
    const row = await at(resourceType, scope).executeTakeFirst();
    return row && rowOf(row);
  };
  // Every execution and every registration of a task asks it. In a row the empty text stands for all.
  const match = preparedQuery(db, ({ project, domain, workflow, launchPlan }: MatchableScope) =>
    db
      .selectFrom("resources")
      .selectAll("resources")
      .where("project", "in", ["", project])
      .where("domain", "in", ["", domain])
      .where("workflow", "in", ["", workflow])
      .where("launch_plan", "in", ["", launchPlan])
      .orderBy("priority", "desc")
      .orderBy("id"),
  );
  return {
    get,
    match: async ({ project, domain, workflow, launchPlan }) => (await match({ project, domain, workflow, launchPlan })).rows.map(rowOf),
    async list(resourceType) {
      return (await all(resourceType).orderBy("priority", "desc").orderBy("id").execute()).map(rowOf);
    },
    async lock(resourceType, scope) {
      await lockName(`matchable ${JSON.stringify([resourceType, scope.project, scope.domain, scope.workflow, scope.launchPlan])}`);
      return get(resourceType, scope);
    },
    async put({ resourceType, project, domain, workflow, launchPlan, attributes }) {
      const now = timestampText(clock.now());
      await db
        .insertInto("resources")
        .values({
          resource_type: resourceType,
          project,
          domain,
          workflow,
          launch_plan: launchPlan,
          priority: priorityOf({ project, domain, workflow, launchPlan }),
          attributes,
          created_at: now,
          updated_at: now,
        })
        .onConflict((conflict) => conflict.columns([...unique]).doUpdateSet({ attributes, updated_at: now }))
        .execute();
    },
    async delete(resourceType, { project, domain, workflow, launchPlan }) {
      await db
        .deleteFrom("resources")
        .where("resource_type", "=", resourceType)
        .where("project", "=", project)
        .where("domain", "=", domain)
        .where("workflow", "=", workflow)
        .where("launch_plan", "=", launchPlan)
        .execute();
    },
  };
}

/** Flyte's numbers: the most specific row wins. */
function priorityOf({ project, domain, workflow, launchPlan }: MatchableScope): number {
  if (launchPlan !== "") return 1000;
  if (workflow !== "") return 100;
  if (domain === "") return 5;
  return project === "" ? 1 : 10;
}

function rowOf(row: Selectable<Tables["resources"]>): MatchableRow {
  const { project, domain, workflow, attributes } = row;
  return { resourceType: row.resource_type, project, domain, workflow, launchPlan: row.launch_plan, attributes };
}
