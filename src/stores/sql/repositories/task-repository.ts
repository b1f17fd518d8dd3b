import type { Kysely, Selectable } from "kysely";
import type { StateWriter, TaskRow } from "../../../ports/state-store.ts";
import type { Tables } from "../schema.ts";
import { versionedTable } from "./versioned-table.ts";

export function taskRepository(db: Kysely<Tables>, inOrder: Kysely<Tables>): StateWriter["tasks"] {
  const table = versionedTable(db, inOrder, "task", rowOf);
  return {
    ...table,
    insert: ({ project, domain, name, version, type, digest, closure, shortDescription, createdAt }) =>
      table.insert({
        project,
        domain,
        name,
        version,
        type,
        digest,
        closure,
        short_description: shortDescription,
        created_at: createdAt,
        updated_at: createdAt,
      }),
  };
}

function rowOf(row: Selectable<Tables["tasks"]>): TaskRow {
  const { project, domain, name, version, type, digest, closure } = row;
  const shortDescription = row.short_description;
  return { key: row.id, createdAt: row.created_at, project, domain, name, version, type, digest, closure, shortDescription };
}
