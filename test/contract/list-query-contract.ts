import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ColumnFilter, FilterFunction, ListQuery } from "../../src/ports/list-query.ts";
import type { StateReader, StateStore } from "../../src/ports/state-store.ts";
import { type EntityName, filterableColumns } from "../../src/ports/tables.ts";
import { type Clock, ManualClock } from "../../src/std/clock.ts";
import { at, entity, execution, executionRow, launchPlan, nodeRow, project, task, taskExecutionRow, workflow } from "./state-rows.ts";
import { everything, type OpenedStateStore } from "./state-store-contract.ts";

const functions: readonly FilterFunction[] = ["contains", "not_like", "gt", "gte", "lt", "lte", "eq", "ne", "value_in", "value_not_in"];

type Lister = (reader: StateReader, query: ListQuery) => Promise<readonly unknown[]>;
const listers: Record<Exclude<EntityName, "named_entity_metadata" | "execution_tag">, Lister> = {
  project: (reader, query) => reader.projects.list(query),
  task: (reader, query) => reader.tasks.list(query),
  workflow: (reader, query) => reader.workflows.list(query),
  launch_plan: (reader, query) => reader.launchPlans.list(query),
  description_entity: (reader, query) => reader.descriptions.list(query),
  named_entity: (reader, query) => reader.namedEntities.list(1, query),
  execution: (reader, query) => reader.executions.list(query),
  node_execution: (reader, query) => reader.nodeExecutions.list(query, "any"),
  task_execution: (reader, query) => reader.taskExecutions.list(query),
  signal: (reader, query) => reader.signals.list(query),
};
const listed = Object.keys(listers) as (keyof typeof listers)[];

/** LIKE as Postgres has it, by recursion over the pattern. */
function like(text: string, pattern: string): boolean {
  const [first, second] = pattern;
  if (first === undefined) return text === "";
  if (first === "%") return like(text, pattern.slice(1)) || (text !== "" && like(text.slice(1), pattern));
  if (text === "") return false;
  if (first === "_") return like(text.slice(1), pattern.slice(1));
  if (first === "\\" && second !== undefined) return text[0] === second && like(text.slice(1), pattern.slice(2));
  return text[0] === first && like(text.slice(1), pattern.slice(1));
}

/** What a filter means, written apart from the SQL: of text, or of numbers. */
function holds(value: string | number | null, filter: FilterFunction, values: readonly (string | number)[]): boolean {
  if (value === null) return false;
  const [first] = values;
  if (first === undefined) throw new Error("no value");
  switch (filter) {
    case "contains":
      return like(String(value), `%${first}%`);
    case "not_like":
      return !like(String(value), String(first));
    case "gt":
      return value > first;
    case "gte":
      return value >= first;
    case "lt":
      return value < first;
    case "lte":
      return value <= first;
    case "eq":
      return value === first;
    case "ne":
      return value !== first;
    case "value_in":
      return values.includes(value);
    case "value_not_in":
      return !values.includes(value);
  }
}

/** Filters, joins, sorting and paging of every StateStore. */
export function listQueryContract(open: (clock: Clock) => Promise<OpenedStateStore>): void {
  const withStore = async (use: (state: StateStore, clock: ManualClock) => Promise<void>): Promise<void> => {
    const clock = new ManualClock(Date.UTC(2024, 0, 2));
    const opened = await open(clock);
    try {
      await use(opened.state, clock);
    } finally {
      await opened.close();
    }
  };
  const filtered = (...filters: ColumnFilter[]): ListQuery => ({ ...everything, filters });

  describe("filters", () => {
    const names = ["alpha", "Alpha", "beta", "be%ta", "a_b", "axb", "a\\b", "", "ünï", "b'; --"];
    const patterns = [...names, "a", "A", "%", "_", "a_b", "a\\_b", "b%", "\\", "x'", "nothing"];

    test("of text: every function with every value means what it says", () =>
      withStore(async (state) => {
        await state.write(async (writer) => {
          for (const name of names) await writer.tasks.insert(task({ name }));
        });
        for (const pattern of patterns) {
          for (const name of functions) {
            // A single backslash at the end escapes nothing: Postgres calls it an error.
            if (name === "not_like" && pattern.endsWith("\\")) continue;
            const values = name.startsWith("value_") ? [pattern, "beta"] : [pattern];
            const found = await state.read.tasks.list(filtered({ entity: "task", column: "name", function: name, values }));
            const expected = names.filter((text) => holds(text, name, values));
            expect([name, pattern, found.map((row) => row.name)]).toEqual([name, pattern, expected]);
          }
        }
      }));

    test("of numbers and of null: text and numbers are the same value, null matches nothing", () =>
      withStore(async (state) => {
        const durations = [null, 0, 5, 10, 100, 9_000_000_000_000];
        await state.write(async (writer) => {
          for (const [n, duration] of durations.entries()) {
            await writer.executions.insert(
              executionRow({ id: execution(`e${n}`), duration, errorKind: duration === null ? null : "USER" }),
            );
          }
        });
        for (const value of [0, 5, 9, 10, 9_000_000_000_000]) {
          for (const name of functions) {
            for (const given of [value, String(value)]) {
              const filter: ColumnFilter = { entity: "execution", column: "duration", function: name, values: [given] };
              const found = (await state.read.executions.list(filtered(filter))).map((row) => row.duration);
              expect([name, given, found]).toEqual([name, given, durations.filter((duration) => holds(duration, name, [value]))]);
            }
          }
        }
        const other = filtered({ entity: "execution", column: "error_kind", function: "ne", values: ["SYSTEM"] });
        expect(await state.read.executions.list(other)).toHaveLength(durations.length - 1);
      }));

    // The stored value is 2024-03-01T00:00:05.000001Z; each text names a moment before, at or after it.
    test.for([
      ["2024-03-01T00:00:05.000001Z", "at"],
      ["2024-03-01T00:00:05.000001999Z", "at"],
      ["2024-03-01T01:30:05.000001+01:30", "at"],
      ["2024-02-29T19:00:05.000001-05:00", "at"],
      ["2024-03-01 00:00:05.000001", "at"],
      ["2024-03-01T00:00:05Z", "before"],
      ["2024-03-01", "before"],
      ["2024-03-01T00:00:05.1Z", "after"],
      ["2024-03-01T00:00:05.000001-00:01", "after"],
    ] as const)("of timestamps: %s is %s", ([text, relation]) =>
      withStore(async (state) => {
        await state.write((writer) => writer.tasks.insert(task({ createdAt: at(5) })));
        const matches = async (name: FilterFunction) =>
          (await state.read.tasks.list(filtered({ entity: "task", column: "created_at", function: name, values: [text] }))).length === 1;
        expect([await matches("gt"), await matches("eq"), await matches("lt")]).toEqual([
          relation === "before",
          relation === "at",
          relation === "after",
        ]);
      }),
    );

    test("all hold at once; a boolean is 0 or 1", () =>
      withStore(async (state) => {
        await state.write(async (writer) => {
          await writer.projects.insert(project({ identifier: "a", state: 0 }));
          await writer.projects.insert(project({ identifier: "b", state: 1 }));
          await writer.projects.insert(project({ identifier: "c", state: 1 }));
        });
        const query = filtered(
          { entity: "project", column: "state", function: "eq", values: [true] },
          { entity: "project", column: "identifier", function: "ne", values: ["c"] },
        );
        expect((await state.read.projects.list(query)).map((row) => row.identifier)).toEqual(["b"]);
      }));

    test("hostile values are values: what is stored under them is found by them, and nothing else happens", () =>
      withStore(async (state) => {
        const hostile = fc
          .oneof(
            fc.string({ unit: "binary", maxLength: 40 }),
            fc.constantFrom(
              "'",
              "''",
              '"',
              "`",
              "'; drop table tasks; --",
              "\\'",
              "?",
              "$1",
              ":a",
              "@a",
              "%",
              "_",
              "[a]*",
              "' or '1'='1",
              "/*",
              "\u2028",
            ),
            fc
              .tuple(fc.constantFrom("'", '"', ")", "\\", ";"), fc.string({ maxLength: 20 }))
              .map(([quote, text]) => `${quote}${text} or 1=1 --`),
          )
          .map((text) => text.replaceAll("\0", "").toWellFormed());
        const stored = new Set<string>();
        await fc.assert(
          fc.asyncProperty(hostile, fc.constantFrom<FilterFunction>("eq", "ne", "value_in", "value_not_in"), async (value, name) => {
            if (!stored.has(value)) await state.write((writer) => writer.tasks.insert(task({ name: value })));
            stored.add(value);
            const query = filtered({ entity: "task", column: "name", function: name, values: [value] });
            const found = (await state.read.tasks.list(query)).map((row) => row.name);
            expect(found).toEqual([...stored].filter((text) => holds(text, name, [value])));
            // A pattern may match more or less than itself, but is never an error nor anything else.
            const like = await state.read.tasks.list({
              ...query,
              filters: [{ entity: "task", column: "name", function: "contains", values: [value] }],
            });
            expect(like.length).toBeLessThanOrEqual(stored.size);
          }),
          { numRuns: 150 },
        );
      }));

    test("every column of every entity can be filtered by and sorted by", () =>
      withStore(async (state) => {
        const values = { text: "x", integer: 1, timestamp: at(1), duration: 1 };
        for (const name of listed) {
          for (const [column, kind] of Object.entries(filterableColumns[name])) {
            for (const direction of ["ASCENDING", "DESCENDING"] as const) {
              for (const filter of functions) {
                const query = {
                  ...filtered({ entity: name, column, function: filter, values: [values[kind]] }),
                  sort: { column, direction },
                };
                expect(await listers[name](state.read, query)).toEqual([]);
              }
            }
          }
        }
      }));

    const bad = ["", "id", "closure", "constructor", "__proto__", "toString", "name; drop table tasks", 'name"', "tasks.name", "NAME"];
    test.for(listed)("unknown columns of %s are INVALID_ARGUMENT, in filters and as sort keys", (name) =>
      withStore(async (state) => {
        for (const column of bad) {
          const filters: ColumnFilter[] = [{ entity: name, column, function: "eq", values: ["x"] }];
          await expect(listers[name](state.read, { ...everything, filters })).rejects.toMatchObject({
            status: "INVALID_ARGUMENT",
            message: `'${name}.${column}' is invalid filter`,
          });
          const sort = { column, direction: "ASCENDING" } as const;
          await expect(listers[name](state.read, { ...everything, sort })).rejects.toMatchObject({
            status: "INVALID_ARGUMENT",
            message: `invalid sort key '${column}'`,
          });
        }
      }),
    );

    test("values that do not fit are INVALID_ARGUMENT", () =>
      withStore(async (state) => {
        const wrong: [string, FilterFunction, (string | number | boolean)[]][] = [
          ["mode", "eq", ["one"]],
          ["mode", "eq", ["1.5"]],
          ["mode", "eq", [""]],
          ["mode", "eq", ["0x10"]],
          ["duration", "gt", [Number.NaN]],
          ["duration", "gt", [Infinity]],
          ["started_at", "gt", ["yesterday"]],
          ["started_at", "gt", ["2024-02-30T00:00:00Z"]],
          ["started_at", "value_in", ["2024-02-01T00:00:00Z", "x"]],
          ["phase", "eq", []],
          ["phase", "eq", ["a", "b"]],
          ["phase", "value_in", []],
          ["phase", "eq", ["a\0b"]],
          ["phase", "contains", ["x".repeat(10_001)]],
          ["phase", "value_in", Array.from({ length: 1001 }, (_, n) => n)],
        ];
        for (const [column, name, values] of wrong) {
          const query = filtered({ entity: "execution", column, function: name, values });
          await expect(state.read.executions.list(query)).rejects.toMatchObject({
            status: "INVALID_ARGUMENT",
            message: `invalid value for ${column}`,
          });
        }
        const unknown = { entity: "execution", column: "phase", function: "like", values: ["x"] } as unknown as ColumnFilter;
        await expect(state.read.executions.list(filtered(unknown))).rejects.toMatchObject({
          message: "unrecognized filter function: like",
        });
        const many = Array.from({ length: 101 }, (): ColumnFilter => ({
          entity: "execution",
          column: "phase",
          function: "eq",
          values: ["x"],
        }));
        await expect(state.read.executions.list(filtered(...many))).rejects.toMatchObject({ status: "INVALID_ARGUMENT" });
      }));
  });

  describe("joins", () => {
    // What Flyte allows: https://github.com/flyteorg/flyte flyteadmin/pkg/repositories/gormimpl, the joins of each list.
    const allowed: Partial<Record<EntityName, readonly EntityName[]>> = {
      execution: ["launch_plan", "workflow", "task", "execution_tag"],
      launch_plan: ["workflow"],
      node_execution: ["execution"],
      task_execution: ["task", "execution", "node_execution"],
      named_entity: ["named_entity_metadata"],
    };
    const columns: Record<EntityName, string> = {
      project: "name",
      task: "name",
      workflow: "name",
      launch_plan: "name",
      named_entity: "name",
      named_entity_metadata: "description",
      description_entity: "name",
      execution: "phase",
      node_execution: "phase",
      task_execution: "phase",
      signal: "signal_id",
      execution_tag: "key",
    };

    test("of all pairs of entities, those and no others", () =>
      withStore(async (state) => {
        for (const name of listed) {
          for (const other of Object.keys(filterableColumns) as EntityName[]) {
            const listing = listers[name](state.read, filtered({ entity: other, column: columns[other], function: "eq", values: ["x"] }));
            if (other === name || allowed[name]?.includes(other)) expect(await listing).toEqual([]);
            else
              await expect(listing).rejects.toMatchObject({
                status: "INVALID_ARGUMENT",
                message: `'${other}' entity is not allowed in filters`,
              });
          }
        }
      }));

    test("executions by their tags; each once, and not those of the same name elsewhere", () =>
      withStore(async (state) => {
        const elsewhere = execution("e0", { domain: "other" });
        await state.write(async (writer) => {
          for (const name of ["e0", "e1", "e2"]) await writer.executions.insert(executionRow({ id: execution(name) }));
          await writer.executions.insert(executionRow({ id: elsewhere }));
          await writer.executions.insertTags(execution("e0"), [
            { key: "nightly", value: "" },
            { key: "team", value: "a" },
            { key: "team", value: "b" },
          ]);
          await writer.executions.insertTags(execution("e1"), [{ key: "team", value: "b" }]);
          await writer.executions.insertTags(execution("e2"), []);
        });
        const found = async (...pairs: readonly (readonly [string, string])[]) => {
          const filters = pairs.map(([column, value]): ColumnFilter => ({
            entity: "execution_tag",
            column,
            function: column === "key" ? "value_in" : "eq",
            values: value.split(";"),
          }));
          return (await state.read.executions.list({ ...everything, filters })).map((row) => row.id);
        };
        expect(await found(["key", "team"])).toEqual([execution("e0"), execution("e1")]);
        expect(await found(["key", "team;nightly"])).toEqual([execution("e0"), execution("e1")]);
        expect(await found(["key", "team"], ["value", "a"])).toEqual([execution("e0")]);
        expect(await found(["key", "nightly"], ["value", "a"])).toEqual([]);
        await state.write((writer) => writer.executions.delete(execution("e0")));
        expect(await found(["key", "nightly"])).toEqual([]);
        await state.write((writer) => writer.executions.insert(executionRow({ id: execution("e0") })));
        expect(await found(["key", "nightly"])).toEqual([]);
      }));

    test("executions by their launch plan, workflow and task; each once", () =>
      withStore(async (state) => {
        await state.write(async (writer) => {
          const tasks = [await writer.tasks.insert(task({ name: "t0" })), await writer.tasks.insert(task({ name: "t1" }))];
          const workflows = [
            await writer.workflows.insert(workflow({ name: "w0" })),
            await writer.workflows.insert(workflow({ name: "w1", version: "v2" })),
          ];
          const plans = [
            await writer.launchPlans.insert(launchPlan({ name: "l0", workflowKey: workflows[0] ?? 0 })),
            await writer.launchPlans.insert(launchPlan({ name: "l1", workflowKey: workflows[1] ?? 0, state: 1 })),
          ];
          for (let n = 0; n < 8; n++) {
            await writer.executions.insert(
              executionRow({
                id: execution(`e${n}`),
                launchPlanKey: plans[n & 1] ?? null,
                workflowKey: workflows[(n >> 1) & 1] ?? null,
                taskKey: n < 4 ? (tasks[0] ?? null) : null,
              }),
            );
          }
        });
        const list = async (...filters: ColumnFilter[]) =>
          (await state.read.executions.list(filtered(...filters))).map((row) => row.id.name);
        const eq = (name: EntityName, column: string, value: string | number): ColumnFilter => ({
          entity: name,
          column,
          function: "eq",
          values: [value],
        });
        expect(await list(eq("launch_plan", "name", "l1"))).toEqual(["e1", "e3", "e5", "e7"]);
        expect(await list(eq("workflow", "name", "w1"), eq("workflow", "version", "v2"))).toEqual(["e2", "e3", "e6", "e7"]);
        expect(await list(eq("workflow", "name", "w1"), eq("workflow", "version", "v1"))).toEqual([]);
        expect(await list(eq("workflow", "name", "w1"), eq("launch_plan", "state", 1), eq("task", "name", "t0"))).toEqual(["e3"]);
        expect(await list(eq("task", "name", "t1"))).toEqual([]);
        expect(await list({ entity: "task", column: "name", function: "ne", values: ["t1"] })).toEqual(["e0", "e1", "e2", "e3"]);
        const plans = await state.read.launchPlans.list(filtered(eq("workflow", "name", "w1")));
        expect(plans.map((row) => row.name)).toEqual(["l1"]);
        expect(await state.read.launchPlans.listNames(filtered(eq("workflow", "name", "w0")))).toStrictEqual([
          { project: "p", domain: "d", name: "l0" },
        ]);
      }));

    test("node and task executions by their execution, node and task", () =>
      withStore(async (state) => {
        await state.write(async (writer) => {
          await writer.tasks.insert(task({ name: "t", type: "python" }));
          await writer.tasks.insert(task({ name: "t", version: "v2", type: "spark" }));
          for (const [name, phase] of [
            ["e1", "RUNNING"],
            ["e2", "FAILED"],
          ] as const) {
            await writer.executions.insert(executionRow({ id: execution(name), phase }));
            for (const nodeId of ["n0", "n1"]) {
              const node = { execution: execution(name), nodeId };
              await writer.nodeExecutions.insert(nodeRow({ id: node, phase: nodeId === "n0" ? "SUCCEEDED" : "RUNNING" }));
              await writer.taskExecutions.insert(
                taskExecutionRow({ id: { task: entity({ name: "t", version: nodeId === "n0" ? "v1" : "v2" }), node, retryAttempt: 0 } }),
              );
            }
          }
        });
        const eq = (name: EntityName, column: string, value: string): ColumnFilter => ({
          entity: name,
          column,
          function: "eq",
          values: [value],
        });
        const nodes = await state.read.nodeExecutions.list(filtered(eq("execution", "phase", "FAILED")), "any");
        expect(nodes.map((row) => `${row.id.execution.name} ${row.id.nodeId}`)).toEqual(["e2 n0", "e2 n1"]);
        const tasks = async (...filters: ColumnFilter[]) =>
          (await state.read.taskExecutions.list(filtered(...filters))).map((row) => `${row.id.node.execution.name} ${row.id.node.nodeId}`);
        expect(await tasks(eq("execution", "phase", "RUNNING"))).toEqual(["e1 n0", "e1 n1"]);
        expect(await tasks(eq("node_execution", "phase", "SUCCEEDED"))).toEqual(["e1 n0", "e2 n0"]);
        expect(await tasks(eq("task", "type", "spark"))).toEqual(["e1 n1", "e2 n1"]);
        expect(
          await tasks(eq("task", "type", "spark"), eq("execution", "phase", "FAILED"), eq("node_execution", "phase", "RUNNING")),
        ).toEqual(["e2 n1"]);
      }));

    test("named entities by name and by metadata, where none is state 0", () =>
      withStore(async (state) => {
        await state.write(async (writer) => {
          for (const name of ["a", "b", "c"]) await writer.tasks.insert(task({ name }));
          const metadata = { resourceType: 1, project: "p", domain: "d" };
          await writer.namedEntities.upsert({ ...metadata, name: "b", description: "bee", state: 1 }, at(0));
          await writer.namedEntities.upsert({ ...metadata, name: "c", description: "sea", state: 0 }, at(0));
        });
        const list = async (name: EntityName, column: string, value: string | number, filter: FilterFunction = "eq") =>
          (await state.read.namedEntities.list(1, filtered({ entity: name, column, function: filter, values: [value] }))).map(
            (row) => row.name,
          );
        expect(await list("named_entity_metadata", "state", 0)).toEqual(["a", "c"]);
        expect(await list("named_entity_metadata", "state", "1")).toEqual(["b"]);
        expect(await list("named_entity_metadata", "state", 1, "ne")).toEqual(["a", "c"]);
        expect(await list("named_entity_metadata", "description", "e", "contains")).toEqual(["b", "c"]);
        expect(await list("named_entity", "name", "b", "gte")).toEqual(["b", "c"]);
        expect(await list("named_entity", "resource_type", 1)).toEqual(["a", "b", "c"]);
        expect(await list("named_entity", "resource_type", 2)).toEqual([]);
        const sorted = await state.read.namedEntities.list(1, {
          ...everything,
          sort: { column: "name", direction: "DESCENDING" },
          limit: 2,
        });
        expect(sorted.map((row) => row.name)).toEqual(["c", "b"]);
      }));
  });

  describe("order and pages", () => {
    const startedAt = [null, at(3), at(1), null, at(3), at(2), at(1)];

    test.for([
      // Null is the greatest, as in Postgres; ties by insertion, in the same direction.
      ["ASCENDING", [2, 6, 5, 1, 4, 0, 3]],
      ["DESCENDING", [3, 0, 4, 1, 5, 6, 2]],
      [undefined, [0, 1, 2, 3, 4, 5, 6]],
    ] as const)("%s, whole and in pages of every size", ([direction, expected]) =>
      withStore(async (state) => {
        await state.write(async (writer) => {
          for (const [n, started] of startedAt.entries())
            await writer.executions.insert(executionRow({ id: execution(String(n)), startedAt: started }));
        });
        const sort = direction && ({ sort: { column: "started_at", direction } } as const);
        for (let size = 1; size <= 8; size++) {
          const found: number[] = [];
          for (let offset = 0; ; offset += size) {
            const rows = await state.read.executions.list({ filters: [], ...sort, limit: size, offset });
            found.push(...rows.map((row) => Number(row.id.name)));
            if (rows.length < size) break;
          }
          expect(found).toEqual(expected);
        }
      }),
    );

    test("the latest version is first when sorted by created_at, descending", () =>
      withStore(async (state) => {
        await state.write(async (writer) => {
          for (const [version, second] of [
            ["a", 5],
            ["b", 9],
            ["c", 9],
            ["d", 1],
          ] as const)
            await writer.tasks.insert(task({ version, createdAt: at(second) }));
        });
        const rows = await state.read.tasks.list({
          filters: [],
          sort: { column: "created_at", direction: "DESCENDING" },
          limit: 1,
          offset: 0,
        });
        expect(rows.map((row) => row.version)).toEqual(["c"]);
      }));

    test("rows that are added while paging in order of insertion disturb nothing", () =>
      withStore(async (state, clock) => {
        const add = async (n: number): Promise<void> => {
          clock.advance(n % 3);
          await state.write((writer) => writer.executions.insert(executionRow({ id: execution(String(n)) })));
        };
        for (let n = 0; n < 10; n++) await add(n);
        for (const sort of [undefined, { column: "created_at", direction: "ASCENDING" } as const]) {
          const found: number[] = [];
          let added = (await state.read.executions.list(everything)).length;
          for (let offset = 0; offset < 30; offset += 3) {
            const rows = await state.read.executions.list({ filters: [], ...(sort ? { sort } : {}), limit: 3, offset });
            found.push(...rows.map((row) => Number(row.id.name)));
            await add(added++);
          }
          expect(found).toEqual(Array.from(found, (_, n) => n));
          expect(found.length).toBeGreaterThanOrEqual(10);
        }
      }));

    test("row times are the clock's: created_at at insertion, updated_at at each update", () =>
      withStore(async (state, clock) => {
        const key = await state.write((writer) => writer.executions.insert(executionRow()));
        clock.advance(1500);
        await state.write((writer) => writer.executions.update({ ...executionRow(), key }));
        const found = async (column: string, value: string) =>
          (await state.read.executions.list(filtered({ entity: "execution", column, function: "eq", values: [value] }))).length;
        expect(await found("created_at", "2024-01-02T00:00:00Z")).toBe(1);
        expect(await found("updated_at", "2024-01-02T00:00:01.5Z")).toBe(1);
        expect(await found("execution_created_at", at(1))).toBe(1);
        expect(await found("execution_updated_at", at(2))).toBe(1);
      }));

    test("names are distinct, in the order of their first version or sorted", () =>
      withStore(async (state) => {
        const versions = [
          ["b", "1", 5],
          ["a", "1", 7],
          ["b", "2", 9],
          ["c", "1", 1],
        ] as const;
        await state.write(async (writer) => {
          for (const [name, version, second] of versions) {
            await writer.tasks.insert(task({ name, version, createdAt: at(second) }));
            await writer.workflows.insert(workflow({ name, version }));
          }
        });
        const names = async (over: Partial<ListQuery>) =>
          (await state.read.tasks.listNames({ ...everything, ...over })).map((row) => row.name);
        expect(await names({})).toEqual(["b", "a", "c"]);
        expect(await names({ sort: { column: "name", direction: "ASCENDING" } })).toEqual(["a", "b", "c"]);
        expect(await names({ sort: { column: "name", direction: "DESCENDING" }, limit: 1, offset: 1 })).toEqual(["b"]);
        expect(await names({ sort: { column: "created_at", direction: "DESCENDING" } })).toEqual(["b", "a", "c"]);
        expect(await names({ filters: [{ entity: "task", column: "version", function: "eq", values: ["2"] }] })).toEqual(["b"]);
        expect(await state.read.workflows.listNames({ ...everything, limit: 1 })).toStrictEqual([{ project: "p", domain: "d", name: "b" }]);
      }));

    test("a page that is none is INVALID_ARGUMENT; no limit is infinity", () =>
      withStore(async (state) => {
        await state.write((writer) => writer.tasks.insert(task()));
        for (const page of [{ limit: -1 }, { offset: -1 }, { limit: 1.5 }, { limit: Number.NaN }]) {
          await expect(state.read.tasks.list({ ...everything, ...page })).rejects.toMatchObject({ status: "INVALID_ARGUMENT" });
        }
        expect(await state.read.tasks.list({ ...everything, limit: Infinity })).toHaveLength(1);
        expect(await state.read.tasks.list({ ...everything, limit: 0 })).toEqual([]);
      }));
  });
}
