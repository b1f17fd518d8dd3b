import { describe, expect, test } from "vitest";
import { hasStatus } from "../../idl/status.ts";
import type { EntityName } from "../../ports/tables.ts";
import { parseFilters } from "./filters.ts";

const textOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    if (hasStatus(thrown, "INVALID_ARGUMENT")) return `${thrown.status} ${thrown.message}`;
    throw thrown;
  }
  return "accepted";
};

describe("filters", () => {
  test("are split at each plus, lists at semicolons", () => {
    expect(parseFilters("eq(project, flytesnacks)+ne(domain, development)+value_in(type, 4;5;6)", "task")).toEqual([
      { entity: "task", column: "project", function: "eq", values: ["flytesnacks"] },
      { entity: "task", column: "domain", function: "ne", values: ["development"] },
      { entity: "task", column: "type", function: "value_in", values: ["4", "5", "6"] },
    ]);
    expect(parseFilters("", "task")).toEqual([]);
    expect(parseFilters("value_in(phase,FAILED)", "execution")).toEqual([
      { entity: "execution", column: "phase", function: "value_in", values: ["FAILED"] },
    ]);
  });

  test("name columns of joined entities", () => {
    expect(parseFilters("ne(cluster, TheWorst)+eq(workflow.name, workflow)", "execution")).toEqual([
      { entity: "execution", column: "cluster", function: "ne", values: ["TheWorst"] },
      { entity: "workflow", column: "name", function: "eq", values: ["workflow"] },
    ]);
  });

  test.for<[string, EntityName, EntityName, string]>([
    ["eq(project, p)", "execution", "execution", "execution_project"],
    ["eq(name, p)", "node_execution", "node_execution", "execution_name"],
    ["eq(node_execution.domain, p)", "task_execution", "node_execution", "execution_domain"],
    ["eq(execution.name, p)", "node_execution", "execution", "execution_name"],
    ["eq(task.name, p)", "task_execution", "task", "name"],
    ["contains(description, p)", "named_entity", "named_entity_metadata", "description"],
    ["eq(named_entity_metadata.description, p)", "named_entity", "named_entity_metadata", "description"],
    ["eq(entities.name, p)", "named_entity", "named_entity", "name"],
    ["eq(admin_tag.name, p)", "execution", "execution_tag", "key"],
    ["contains(execution_tag.key, p)", "execution", "execution_tag", "key"],
    ["eq(execution_tag.value, p)", "execution", "execution_tag", "value"],
  ])("%s on %s is %s.%s", ([text, primary, entity, column]) => {
    expect(parseFilters(text, primary)).toMatchObject([{ entity, column, values: ["p"] }]);
  });

  test.for<[string, EntityName, string | number]>([
    ["eq(duration, 3600.5)", "execution", 3_600_500_000_000],
    ["eq(duration, 3600.5s)", "execution", 3_600_500_000_000],
    ["gt(duration, 1h0m0.5s)", "execution", 3_600_500_000_000],
    ["eq(state, 1)", "named_entity", 1],
    ["gte(created_at,2024-02-29T12:00:00Z)", "task", "2024-02-29T12:00:00Z"],
    ["eq(name, a)trailing text", "task", "a"],
    ["contains(name,%_x)", "task", "%_x"],
  ])("%s on %s compares with %s", ([text, primary, value]) => {
    expect(parseFilters(text, primary)[0]?.values).toEqual([value]);
  });

  test.for<[string, EntityName, string]>([
    ["invalid_function(type,bar)", "task", "INVALID_ARGUMENT unrecognized filter function: invalid_function"],
    ["eq(project.name, 123)", "workflow", "INVALID_ARGUMENT 'p' entity is not allowed in filters"],
    ["eq(foo, 123)", "task", "INVALID_ARGUMENT 't.foo' is invalid filter"],
    ["eq(name, a,b)", "task", "INVALID_ARGUMENT 't.name, a' is invalid filter"],
    ["eq(constructor, a)", "task", "INVALID_ARGUMENT 't.constructor' is invalid filter"],
    ["eq(execution_admin_tag.x, 1)", "execution", "INVALID_ARGUMENT 'eat' entity is not allowed in filters"],
    ["eq(workflow.nope, 1)", "execution", "INVALID_ARGUMENT 'w.nope' is invalid filter"],
    ["eq(admin_tag.key, x)", "execution", "INVALID_ARGUMENT 'at.key' is invalid filter"],
    ["eq(admin_tag.constructor, x)", "execution", "INVALID_ARGUMENT 'at.constructor' is invalid filter"],
    ["eq(execution_tag.name, x)", "execution", "INVALID_ARGUMENT 'et.name' is invalid filter"],
    ["eq(admin_tag.name, x)", "node_execution", "INVALID_ARGUMENT 'at' entity is not allowed in filters"],
    ["eq(execution_tag.key, x)", "task", "INVALID_ARGUMENT 'et' entity is not allowed in filters"],
    ["name=a", "task", "INVALID_ARGUMENT invalid value for filters"],
    ["eq(name)", "task", "INVALID_ARGUMENT invalid value for filters"],
    ["eq(name,a)+", "task", "INVALID_ARGUMENT invalid value for filters"],
    ["eq(duration,long)", "execution", "INVALID_ARGUMENT invalid value for duration"],
    ["eq(state,one)", "project", "INVALID_ARGUMENT invalid value for state"],
    // Form, entity, column, value, function: the first that is wrong is told.
    ["nope(foo, 1)", "task", "INVALID_ARGUMENT 't.foo' is invalid filter"],
    ["nope(duration, long)", "execution", "INVALID_ARGUMENT invalid value for duration"],
  ])("%s on %s: %s", ([text, primary, expected]) => {
    expect(textOf(() => parseFilters(text, primary))).toBe(expected);
  });
});
