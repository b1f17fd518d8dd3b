import * as Flags from "@oclif/core/flags";
import { flyteidl } from "../idl/flyteidl.ts";
import { FlyteError } from "../std/errors.ts";
import type { Answer } from "./answer.ts";
import { checkFilters } from "./check-filters.ts";
import type { PhaseLevel } from "./check-filters.ts";
import { oneLine } from "./plain-text.ts";
import { renderTable } from "./table.ts";
import type { Table } from "./table.ts";

/** The flags of everything that lists. */
export const listFlags = {
  filter: Flags.string({
    multiple: true,
    summary: "Keep what matches, in Flyte's own form, e.g. 'eq(phase,FAILED)'; all of several must hold.",
  }),
  limit: Flags.integer({ summary: "At most so many.", default: 100, min: 1, max: 10_000 }),
  token: Flags.string({ summary: "Go on where the list before ended (its nextToken)." }),
  "sort-by": Flags.string({ summary: "KEY or KEY:asc, e.g. created_at or name:asc.", default: "created_at" }),
};

/** How the nodes of an execution are sorted unless it is asked for otherwise. */
export const byStart = "created_at:asc";

/** The flags of what lists an execution's nodes. */
export const nodeListFlags = {
  ...listFlags,
  "sort-by": Flags.string({ summary: "KEY or KEY:asc, e.g. created_at or phase:asc; by start, then name, otherwise.", default: byStart }),
};

export interface ListFlags {
  readonly filter?: readonly string[] | undefined;
  readonly limit: number;
  readonly token?: string | undefined;
  readonly "sort-by": string;
}

/** The part that all list requests have in common. FlyteError SORT_INVALID, or as checkFilters for lists of the `level`. */
export function listRequest(flags: ListFlags, level?: PhaseLevel) {
  checkFilters(flags.filter ?? [], level);
  const match = /^([a-z_.]+)(?::(asc|desc))?$/.exec(flags["sort-by"]);
  if (!match) {
    throw new FlyteError({
      code: "SORT_INVALID",
      blame: "usage",
      message: `--sort-by ${flags["sort-by"]} is not KEY, KEY:asc or KEY:desc`,
      hint: "write it like: --sort-by name:asc",
    });
  }
  const direction = flyteidl.admin.Sort.Direction[match[2] === "asc" ? "ASCENDING" : "DESCENDING"];
  return {
    limit: flags.limit,
    token: flags.token ?? "",
    filters: (flags.filter ?? []).join("+"),
    sortBy: { key: match[1] ?? "", direction },
  };
}

/** The answer of a list: `{items, nextToken}`. */
export function listAnswer<Item extends object>(
  items: readonly Item[],
  nextToken: string | null | undefined,
  table: (items: readonly Item[]) => Table,
): Answer {
  const more = nextToken ? `more: --token ${oneLine(nextToken)}\n` : "";
  return {
    data: { items, nextToken: nextToken || null },
    text: (width) => (items.length === 0 ? "none found\n" : renderTable(table(items), width) + more),
    // What has no URN cannot be listed by URN; an empty list can.
    ...(items.every((item) => "urn" in item) ? { urns: items.map((item) => ("urn" in item ? String(item.urn) : "")) } : {}),
  };
}
