import { flyteidl } from "../../idl/flyteidl.ts";
import type { ColumnFilter, ListQuery } from "../../ports/list-query.ts";
import { filterableColumns } from "../../ports/tables.ts";
import type { EntityName } from "../../ports/tables.ts";
import { parseFilters } from "./filters.ts";
import { invalidArgument, invalidField } from "./refusals.ts";

/** The fields that all of Flyte's list requests share. */
export interface PageRequest {
  readonly limit?: number | null;
  readonly token?: string | null;
  readonly filters?: string | null;
  readonly sortBy?: flyteidl.admin.Sort.$Properties | null;
}

/** More rows than this are not given at once, however many are asked for: the token leads on. */
export const largestPage = 10_000;

/**
 * The page a list request asks for. `fixed` holds besides the request's own filters. The token is a decimal offset.
 * Throws INVALID_ARGUMENT for no limit, a bad token, filter or sort key.
 */
export function pageQuery(entity: EntityName, request: PageRequest, fixed: readonly ColumnFilter[]): ListQuery {
  if (!request.limit) throw invalidField("limit");
  return {
    filters: [...fixed, ...parseFilters(request.filters ?? "", entity)],
    ...sortOf(entity, request.sortBy),
    limit: Math.min(request.limit, largestPage),
    offset: offsetOf(request.token ?? ""),
  };
}

/** The token of the next page: empty unless this one is full, so that a full last page leads to an empty one. */
export function nextToken(query: ListQuery, count: number): string {
  return count === query.limit ? String(query.offset + count) : "";
}

function sortOf(entity: EntityName, sort: flyteidl.admin.Sort.$Properties | null | undefined): Pick<ListQuery, "sort"> {
  if (sort == null) return {};
  const key = sort.key ?? "";
  if (!Object.hasOwn(filterableColumns[entity], key)) throw invalidArgument(`invalid sort key '${key}'`);
  return { sort: { column: key, direction: sort.direction === flyteidl.admin.Sort.Direction.ASCENDING ? "ASCENDING" : "DESCENDING" } };
}

function offsetOf(token: string): number {
  if (token === "") return 0;
  if (!/^\d{1,15}$/.test(token)) throw invalidArgument(`invalid pagination token ${token}`);
  return Number(token);
}

/** `column = value`. */
export function equals(entity: EntityName, column: string, value: string | number): ColumnFilter {
  return { entity, column, function: "eq", values: [value] };
}
