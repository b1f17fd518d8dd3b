import { datacatalog } from "../../idl/flyteidl.ts";
import { StatusError } from "../../idl/status.ts";

export interface CatalogPage {
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

const { SortOrder } = datacatalog.PaginationOptions;
const defaultLimit = 50;
// A client that asks for more pages on by the token, which counts what it was given.
const largestLimit = 1000;

/** Without options 50 rows, the newest first; the token is a decimal offset. */
export function pageOf(options: datacatalog.PaginationOptions.$Properties | null | undefined): CatalogPage {
  if (options == null) return { descending: true, limit: defaultLimit, offset: 0 };
  const token = options.token ?? "";
  if (!/^\d{0,15}$/.test(token)) throw new StatusError("INVALID_ARGUMENT", `Invalid token value: ${token}`);
  if (options.sortKey) throw new StatusError("INVALID_ARGUMENT", `invalid value for sortKey, value:[${String(options.sortKey)}]`);
  return {
    descending: options.sortOrder !== SortOrder.ASCENDING,
    limit: Math.min(options.limit ?? 0, largestLimit),
    offset: Number(token),
  };
}

/** After `taken` rows of a page. Never empty, also past the end: clients stop at an empty page. */
export function nextToken(page: CatalogPage, taken: number): string {
  return String(page.offset + taken);
}
