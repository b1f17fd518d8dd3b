import type { Insertable, Kysely, Selectable } from "kysely";
import type { EntityId } from "../../../idl/identifiers.ts";
import type { VersionedReader } from "../../../ports/state-store.ts";
import { listIndex } from "../list-index.ts";
import { listed, tableNames } from "../list-query.ts";
import { preparedQuery } from "../prepared-query.ts";
import type { Tables } from "../schema.ts";
import { insertedKey } from "./inserted-key.ts";
import { versionNames } from "./version-names.ts";

type Versioned = "task" | "workflow" | "launch_plan";
type TableOf<Entity extends Versioned> = Tables[(typeof tableNames)[Entity]];

const unique = ["project", "domain", "name", "version"] as const;

/** What tables of versioned entities share; `insert` throws ALREADY_EXISTS for a version that is there. */
export function versionedTable<Entity extends Versioned, Row>(
  db: Kysely<Tables>,
  inOrder: Kysely<Tables>,
  entity: Entity,
  rowOf: (row: Selectable<TableOf<Entity>>) => Row,
): VersionedReader<Row> & { insert(values: Insertable<TableOf<Entity>>): Promise<number> } {
  // Kysely takes one table: each of them has the columns that are named here, the others are rowOf's and the inserter's.
  const table = tableNames[entity] as "tasks";
  const all = (from = db) => from.selectFrom(table).selectAll(table);
  const read = (row: Selectable<Tables["tasks"]>): Row => rowOf(row as unknown as Selectable<TableOf<Entity>>);
  const get = preparedQuery(db, (id: EntityId) => unique.reduce((select, column) => select.where(column, "=", id[column]), all()));
  const getByKey = preparedQuery(db, ({ key }: { readonly key: number }) => all().where("id", "=", key));
  const insert = preparedQuery(db, (values: Insertable<TableOf<Entity>>) =>
    db
      .insertInto(table)
      .values(values as unknown as Insertable<Tables["tasks"]>)
      .onConflict((conflict) => conflict.columns(unique).doNothing())
      .returning("id"),
  );
  return {
    async get({ project, domain, name, version }) {
      const row = (await get({ project, domain, name, version })).rows[0];
      return row && read(row);
    },
    async getByKey(key) {
      const row = (await getByKey({ key })).rows[0];
      return row && read(row);
    },
    list: async (query) => (await listed(all(listIndex(entity, query) ? inOrder : db), entity, query).execute()).map(read),
    listNames: (query) => versionNames(db, entity, query),
    insert: async (values) => insertedKey((await insert(values)).rows[0], unique),
  };
}
