import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import { StatusError } from "../../idl/status.ts";
import type { ColumnFilter, ListQuery } from "../../ports/list-query.ts";
import { type ColumnKind, type EntityName, filterableColumns } from "../../ports/tables.ts";
import { listIndex } from "./list-index.ts";
import { filterCondition } from "./filter-condition.ts";

const mostFilters = 100;
const mostRows = 2 ** 31 - 1;

export const tableNames = {
  project: "projects",
  task: "tasks",
  workflow: "workflows",
  launch_plan: "launch_plans",
  named_entity: "named_entities",
  named_entity_metadata: "named_entity_metadata",
  description_entity: "description_entities",
  execution: "executions",
  node_execution: "node_executions",
  task_execution: "task_executions",
  signal: "signals",
  execution_tag: "execution_tags",
} as const satisfies Record<EntityName, string>;

const executionColumns = ["execution_project", "execution_domain", "execution_name"].map((column) => [column, column] as const);
const versionColumns = ["project", "domain", "name", "version"].map((column) => [column, column] as const);

type Join = readonly (readonly [local: string, foreign: string])[];

/** Which other entity a list of one may be filtered by, and the columns that join them. */
const joins: Partial<Record<EntityName, Partial<Record<EntityName, Join>>>> = {
  execution: {
    launch_plan: [["launch_plan_id", "id"]],
    workflow: [["workflow_id", "id"]],
    task: [["task_id", "id"]],
    execution_tag: executionColumns,
  },
  launch_plan: { workflow: [["workflow_id", "id"]] },
  node_execution: { execution: executionColumns },
  task_execution: { task: versionColumns, execution: executionColumns, node_execution: [...executionColumns, ["node_id", "node_id"]] },
};

/** Columns that may hold null; Postgres and SQLite sort null differently unless told. */
const nullable: ReadonlySet<string> = new Set([
  "launch_condition_type",
  "launch_plan_id",
  "workflow_id",
  "task_id",
  "started_at",
  "duration",
  "source_execution_id",
  "parent_node_execution_id",
  "error_kind",
  "error_code",
  "parent_id",
  "parent_task_execution_id",
  "cache_status",
]);

/** The kind of a column that filters may name; INVALID_ARGUMENT for any other. */
export function columnKind(entity: EntityName, column: string): ColumnKind {
  if (!Object.hasOwn(filterableColumns, entity)) throw new StatusError("INVALID_ARGUMENT", `'${entity}' entity is not allowed in filters`);
  const columns: Readonly<Record<string, ColumnKind>> = filterableColumns[entity];
  const kind = Object.hasOwn(columns, column) ? columns[column] : undefined;
  if (kind === undefined) throw new StatusError("INVALID_ARGUMENT", `'${entity}.${column}' is invalid filter`);
  return kind;
}

/**
 * The conditions of a list: one for the listed entity's own columns each, and one EXISTS for all of a joined entity, so that
 * a row is never listed twice. No index is chosen by the columns `beside`. INVALID_ARGUMENT for unknown columns, entities that
 * do not join, and values that do not fit.
 */
export function filterConditions(
  entity: EntityName,
  filters: readonly ColumnFilter[],
  beside: readonly string[] = [],
): RawBuilder<SqlBool>[] {
  if (filters.length > mostFilters) throw new StatusError("INVALID_ARGUMENT", `at most ${mostFilters} filters are allowed`);
  const conditions: RawBuilder<SqlBool>[] = [];
  const joined = new Map<EntityName, RawBuilder<SqlBool>[]>();
  for (const filter of filters) {
    const join = joins[entity];
    const foreign = filter.entity !== entity;
    if (foreign && !(join && Object.hasOwn(join, filter.entity))) {
      throw new StatusError("INVALID_ARGUMENT", `'${filter.entity}' entity is not allowed in filters`);
    }
    const kind = columnKind(filter.entity, filter.column);
    const column = sql.ref(`${tableNames[filter.entity]}.${filter.column}`);
    // A sum is in no index.
    const apart = !foreign && kind === "integer" && beside.includes(filter.column);
    const condition = filterCondition(apart ? sql`(${column} + 0)` : column, kind, filter);
    if (foreign) joined.set(filter.entity, [...(joined.get(filter.entity) ?? []), condition]);
    else conditions.push(condition);
  }
  for (const [other, others] of joined) {
    const pairs = (joins[entity]?.[other] ?? []).map(
      ([local, column]) => sql<SqlBool>`${sql.ref(`${tableNames[other]}.${column}`)} = ${sql.ref(`${tableNames[entity]}.${local}`)}`,
    );
    conditions.push(
      sql<SqlBool>`exists (select 1 from ${sql.table(tableNames[other])} where ${sql.join([...pairs, ...others], sql` and `)})`,
    );
  }
  return conditions;
}

/** Where a sort column and the insertion order are found, when not in the entity's own table. */
export interface SortSource {
  readonly column: (name: string) => RawBuilder<unknown>;
  readonly key: RawBuilder<unknown>;
}

/** Adds the order and the page of a list. INVALID_ARGUMENT for a sort key the entity does not have, and for a page that is none. */
export function paged<DB, TB extends keyof DB, O>(
  select: SelectQueryBuilder<DB, TB, O>,
  entity: EntityName,
  query: ListQuery,
  source: SortSource = { column: (name) => sql.ref(`${tableNames[entity]}.${name}`), key: sql.ref(`${tableNames[entity]}.id`) },
): SelectQueryBuilder<DB, TB, O> {
  const descending = query.sort?.direction === "DESCENDING";
  let ordered = select;
  if (query.sort) {
    const { column } = query.sort;
    if (!Object.hasOwn(filterableColumns[entity], column)) throw new StatusError("INVALID_ARGUMENT", `invalid sort key '${column}'`);
    // As Postgres does by itself: null is the greatest.
    ordered = ordered.orderBy(source.column(column), (order) => {
      const directed = descending ? order.desc() : order.asc();
      return !nullable.has(column) ? directed : descending ? directed.nullsFirst() : directed.nullsLast();
    });
  }
  return ordered
    .orderBy(source.key, descending ? "desc" : "asc")
    .limit(pageNumber("limit", query.limit))
    .offset(pageNumber("offset", query.offset));
}

/** Adds all of a list: filters, order, page. */
export function listed<DB, TB extends keyof DB, O>(
  select: SelectQueryBuilder<DB, TB, O>,
  entity: EntityName,
  query: ListQuery,
): SelectQueryBuilder<DB, TB, O> {
  return paged(
    filterConditions(entity, query.filters, listIndex(entity, query)?.beside).reduce(
      (filtered, condition) => filtered.where(condition),
      select,
    ),
    entity,
    query,
  );
}

/** A limit or offset: a whole number from 0; beyond 31 bits (and infinity) it is cut. */
export function pageNumber(field: string, value: number): number {
  if (!(value >= 0) || (!Number.isInteger(value) && value !== Infinity)) {
    throw new StatusError("INVALID_ARGUMENT", `invalid value for ${field}`);
  }
  return Math.min(value, mostRows);
}
