import type { ColumnFilter, FilterFunction } from "../../ports/list-query.ts";
import { filterableColumns } from "../../ports/tables.ts";
import type { ColumnKind, EntityName } from "../../ports/tables.ts";
import { durationNanos } from "./duration-nanos.ts";
import { invalidArgument, invalidField } from "./refusals.ts";

interface Prefix {
  readonly prefix: string;
  readonly code: string;
  /** None: known, but no list may be filtered by it. */
  readonly entity?: EntityName;
  /** The columns there are, by the names that filters write; those of the entity when absent. */
  readonly columns?: ReadonlyMap<string, string>;
}

/** How filters write an entity, and its short code in errors. */
const prefixes: readonly Prefix[] = [
  { prefix: "task.", code: "t", entity: "task" },
  { prefix: "workflow.", code: "w", entity: "workflow" },
  { prefix: "launch_plan.", code: "l", entity: "launch_plan" },
  { prefix: "execution.", code: "e", entity: "execution" },
  { prefix: "node_execution.", code: "ne", entity: "node_execution" },
  { prefix: "task_execution.", code: "te", entity: "task_execution" },
  { prefix: "entities.", code: "nen", entity: "named_entity" },
  { prefix: "named_entity_metadata.", code: "nem", entity: "named_entity_metadata" },
  { prefix: "project.", code: "p", entity: "project" },
  { prefix: "signal.", code: "s", entity: "signal" },
  // Tags were a table of their own once, of names.
  {
    prefix: "admin_tag.",
    code: "at",
    entity: "execution_tag",
    columns: new Map([
      ["name", "key"],
      ["created_at", "created_at"],
      ["updated_at", "updated_at"],
    ]),
  },
  { prefix: "execution_admin_tag.", code: "eat" },
  { prefix: "execution_tag.", code: "et", entity: "execution_tag" },
];

/** Which other entities' columns a list may be filtered by, by short code. */
const joins: Readonly<Record<EntityName, readonly string[]>> = {
  project: [],
  task: [],
  workflow: [],
  launch_plan: ["w"],
  named_entity: ["nem"],
  named_entity_metadata: [],
  description_entity: [],
  execution: ["l", "w", "t", "at", "et"],
  node_execution: ["e"],
  task_execution: ["t", "e", "ne"],
  signal: [],
  execution_tag: [],
};

const functions: ReadonlySet<string> = new Set<FilterFunction>([
  "contains",
  "not_like",
  "gt",
  "gte",
  "lt",
  "lte",
  "eq",
  "ne",
  "value_in",
  "value_not_in",
]);

/**
 * Conditions of a list request: `eq(phase, FAILED)+value_in(execution.name, a;b)`. The value begins after the last comma,
 * so it holds neither `,` nor `+`. Throws INVALID_ARGUMENT in Flyte's words, in its order: form, entity, column, value, function.
 */
export function parseFilters(text: string, primary: EntityName): ColumnFilter[] {
  return text === "" ? [] : text.split("+").map((one) => parseFilter(one, primary));
}

function parseFilter(text: string, primary: EntityName): ColumnFilter {
  const match = /(.+)\((.+),\s?(.+)\)/.exec(text);
  if (!match) throw invalidField("filters");
  const [, name = "", field = "", value = ""] = match;
  const functionName = name.trim();
  const known = prefixes.find((one) => field.startsWith(one.prefix));
  const code = known?.code ?? codeOf(primary);
  if (known && known.entity !== primary && !joins[primary].includes(known.code)) {
    throw invalidArgument(`'${code}' entity is not allowed in filters`);
  }
  const written = known ? field.slice(known.prefix.length) : field;
  const renamed = known?.columns === undefined ? written : (known.columns.get(written) ?? "");
  const { entity, column } = resolve(known?.entity ?? primary, renamed);
  const kind = (filterableColumns[entity] as Readonly<Record<string, ColumnKind>>)[column];
  if (kind === undefined || !Object.hasOwn(filterableColumns[entity], column))
    throw invalidArgument(`'${code}.${written}' is invalid filter`);
  const many = functionName === "value_in" || functionName === "value_not_in";
  const values = (many ? value.split(";") : [value]).map((one) => parseValue(one, kind, written));
  if (!functions.has(functionName)) throw invalidArgument(`unrecognized filter function: ${functionName}`);
  return { entity, column, function: functionName as FilterFunction, values };
}

const codeOf = (entity: EntityName): string => prefixes.find((one) => one.entity === entity)?.code ?? entity;

/** Names that stand for others: what an execution's row calls execution_project, and what a named entity keeps in its metadata. */
function resolve(entity: EntityName, field: string): { readonly entity: EntityName; readonly column: string } {
  if (entity === "execution" || entity === "node_execution" || entity === "task_execution" || entity === "signal") {
    const ofTask = entity === "task_execution" && field === "version";
    if (!ofTask && (field === "project" || field === "domain" || field === "name")) return { entity, column: `execution_${field}` };
  }
  if (entity === "named_entity" && (field === "state" || field === "description"))
    return { entity: "named_entity_metadata", column: field };
  return { entity, column: field };
}

function parseValue(text: string, kind: ColumnKind, field: string): string | number {
  switch (kind) {
    case "text":
    case "timestamp":
      return text; // the store reads timestamps of any offset
    case "integer":
      if (!/^-?\d{1,15}$/.test(text)) throw invalidField(field);
      return Number(text);
    case "duration": {
      const nanos = durationNanos(text);
      if (nanos === undefined) throw invalidField(field);
      return nanos;
    }
  }
}
