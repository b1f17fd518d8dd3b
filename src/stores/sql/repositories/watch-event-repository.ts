import type { Insertable, Kysely } from "kysely";
import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import type { StateWriter } from "../../../ports/state-store.ts";
import { pageNumber } from "../list-query.ts";
import { preparedQuery, preparedRows } from "../prepared-query.ts";
import type { Tables } from "../schema.ts";
import type { Announcements } from "../sql-database.ts";
import { alreadyExists } from "./inserted-key.ts";

const unique = ["execution_project", "execution_domain", "execution_name", "sequence"] as const;
/** Of one statement, which is compiled for each number of rows. */
const rowsAtOnce = 50;

export function watchEventRepository(db: Kysely<Tables>, announcements: Announcements | undefined): StateWriter["watch"] {
  const select = preparedQuery(db, ({ project, domain, name, ...page }: WorkflowExecutionId & { sequence: number; limit: number }) =>
    db
      .selectFrom("watch_events")
      .select(["sequence", "event"])
      .where("execution_project", "=", project)
      .where("execution_domain", "=", domain)
      .where("execution_name", "=", name)
      .where("sequence", ">", page.sequence)
      .orderBy("sequence")
      .limit(page.limit),
  );
  const insert = preparedRows(db, (rows: readonly Insertable<Tables["watch_events"]>[]) =>
    db
      .insertInto("watch_events")
      .values(rows)
      .onConflict((conflict) => conflict.columns(unique).doNothing())
      .returning("sequence"),
  );
  return {
    async after({ project, domain, name }, sequence, limit) {
      const { rows } = await select({ project, domain, name, sequence, limit: pageNumber("limit", limit) });
      return rows.map(({ sequence, event }) => ({ sequence, event }));
    },
    async append(id, rows) {
      const { project, domain, name } = id;
      const own = { execution_project: project, execution_domain: domain, execution_name: name };
      const inserted: number[] = [];
      for (let start = 0; start < rows.length; start += rowsAtOnce) {
        const some = rows.slice(start, start + rowsAtOnce).map(({ sequence, event }) => ({ ...own, sequence, event }));
        inserted.push(...(await insert(some)).rows.map((row) => row.sequence));
      }
      if (inserted.length === rows.length) {
        await announcements?.announce(db, "watch", id);
        return;
      }
      // All or nothing, though the transaction goes on.
      for (const sequence of inserted) {
        await db
          .deleteFrom("watch_events")
          .where("execution_project", "=", project)
          .where("execution_domain", "=", domain)
          .where("execution_name", "=", name)
          .where("sequence", "=", sequence)
          .execute();
      }
      throw alreadyExists(unique);
    },
  };
}
