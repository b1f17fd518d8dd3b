import type { Kysely, Selectable } from "kysely";
import type { StateWriter, WorkflowRow } from "../../../ports/state-store.ts";
import type { Tables } from "../schema.ts";
import { versionedTable } from "./versioned-table.ts";

export function workflowRepository(db: Kysely<Tables>, inOrder: Kysely<Tables>): StateWriter["workflows"] {
  const table = versionedTable(db, inOrder, "workflow", rowOf);
  return {
    ...table,
    insert: ({ project, domain, name, version, digest, ...row }) =>
      table.insert({
        project,
        domain,
        name,
        version,
        digest,
        typed_interface: row.typedInterface,
        remote_closure_identifier: row.remoteClosureIdentifier,
        short_description: row.shortDescription,
        created_at: row.createdAt,
        updated_at: row.createdAt,
      }),
  };
}

function rowOf(row: Selectable<Tables["workflows"]>): WorkflowRow {
  const { project, domain, name, version, digest } = row;
  return {
    key: row.id,
    createdAt: row.created_at,
    project,
    domain,
    name,
    version,
    digest,
    typedInterface: row.typed_interface,
    remoteClosureIdentifier: row.remote_closure_identifier,
    shortDescription: row.short_description,
  };
}
