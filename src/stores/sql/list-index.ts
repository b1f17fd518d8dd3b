import type { ListQuery } from "../../ports/list-query.ts";
import type { EntityName } from "../../ports/tables.ts";

/** An index that begins with `equal`, then has `sort`, then the key; without `sort` the key follows at once. */
export interface ListIndex {
  readonly equal: readonly string[];
  readonly sort?: string;
  /** May be equal to something, too, but is not in the index. */
  readonly beside?: readonly string[];
}

const execution = ["execution_project", "execution_domain"];
const ofVersions = [{ equal: ["project", "domain"], sort: "created_at" }] satisfies readonly ListIndex[];

const indexes: Partial<Record<EntityName, readonly ListIndex[]>> = {
  execution: [
    { equal: [...execution, "state"] },
    { equal: [...execution, "state"], sort: "created_at" },
    { equal: [...execution, "state"], sort: "execution_created_at" },
    { equal: [...execution, "phase"], sort: "created_at", beside: ["state"] },
  ],
  task: ofVersions,
  workflow: ofVersions,
  launch_plan: ofVersions,
};

/** The index that has just the rows of a list, in their order: whoever follows it reads a page and no more. */
export function listIndex(entity: EntityName, { filters, sort }: ListQuery): ListIndex | undefined {
  if (filters.some((filter) => filter.entity !== entity || filter.function !== "eq")) return undefined;
  const columns = new Set(filters.map((filter) => filter.column));
  const fits = ({ equal, sort: order, beside = [] }: ListIndex): boolean =>
    order === sort?.column &&
    equal.every((column) => columns.has(column)) &&
    [...columns].every((column) => equal.includes(column) || beside.includes(column));
  return indexes[entity]?.find(fits);
}
