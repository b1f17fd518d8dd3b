import type { Kysely } from "kysely";
import type { StateWriter } from "../../../ports/state-store.ts";
import { pageNumber } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import { alreadyExists } from "./inserted-key.ts";

const unique = ["execution_project", "execution_domain", "execution_name", "sequence"] as const;
const rowsAtOnce = 200;

export function watchEventRepository(db: Kysely<Tables>): StateWriter["watch"] {
  return {
    async after({ project, domain, name }, sequence, limit) {
      const rows = await db
        .selectFrom("watch_events")
        .select(["sequence", "event"])
        .where("execution_project", "=", project)
        .where("execution_domain", "=", domain)
        .where("execution_name", "=", name)
        .where("sequence", ">", sequence)
        .orderBy("sequence")
        .limit(pageNumber("limit", limit))
        .execute();
      return rows.map(({ sequence, event }) => ({ sequence, event }));
    },
    async append({ project, domain, name }, rows) {
      const own = { execution_project: project, execution_domain: domain, execution_name: name };
      const inserted: number[] = [];
      for (let start = 0; start < rows.length; start += rowsAtOnce) {
        const some = rows.slice(start, start + rowsAtOnce).map(({ sequence, event }) => ({ ...own, sequence, event }));
        const done = await db
          .insertInto("watch_events")
          .values(some)
          .onConflict((conflict) => conflict.columns(unique).doNothing())
          .returning("sequence")
          .execute();
        inserted.push(...done.map((row) => row.sequence));
      }
      if (inserted.length === rows.length) return;
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
