import { sql } from "kysely";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { AdminDeps } from "../../src/engine/admin/admin-deps.ts";
import { listLaunchPlans, listTasks, listWorkflows } from "../../src/engine/admin/entities/list-entities.ts";
import { listExecutions } from "../../src/engine/admin/executions/get-executions.ts";
import { listNodeExecutions } from "../../src/engine/admin/executions/get-node-executions.ts";
import { listTaskExecutions } from "../../src/engine/admin/executions/get-task-executions.ts";
import { ManualClock } from "../../src/std/clock.ts";
import { openStores } from "../../src/stores/sql/open-stores.ts";
import { openPostgres } from "../../src/stores/sql/open-postgres.ts";
import { columnTypes, followIndexes, kyselyOverPostgres, sessionSettings } from "../../src/stores/sql/postgres-dialect.ts";
import type { Tables } from "../../src/stores/sql/schema.ts";
import { sqlStateStore } from "../../src/stores/sql/state-store.ts";
import { freshSchema, runSql } from "../support/postgres-schema.ts";

const clock = new ManualClock();
const many = 20_000;
const created = { key: "created_at", direction: 0 };
const id = { project: "busy", domain: "development" };
const execution = { ...id, name: "e7" };

const names = (prefix: string): string => `case when i % 100 = 0 then 'quiet' else 'busy' end, 'development', '${prefix}' || i`;
const time = (column: string): string =>
  `to_char(timestamp '2026-01-01' + ${column} * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Every 100th row is another project's; every 500th execution runs, the others have succeeded; one in 1000 is archived. */
const filled = (from: number, to: number): readonly string[] => {
  const rows = `from (select i, ${time("i")} as t, ${time(`(i * 7919 % ${many})`)} as other from generate_series(${from}, ${to - 1}) i) s`;
  const versioned = "created_at, updated_at, project, domain, name, version, digest";
  const version = `t, t, case when i % 100 = 0 then 'quiet' else 'busy' end, 'development', 'n' || i % 10, 'v' || i, '\\x00'::bytea`;
  const times = "created_at, updated_at";
  return [
    `insert into tasks (${versioned}, type, closure, short_description) select ${version}, 'noop', repeat('x', 300)::bytea, '' ${rows}`,
    `insert into workflows (${versioned}, typed_interface, remote_closure_identifier, short_description)
      select ${version}, repeat('x', 300)::bytea, 's3://closure', '' ${rows}`,
    `insert into launch_plans (${versioned}, spec, closure, workflow_id, state, schedule_type)
      select ${version}, repeat('x', 300)::bytea, '', 1 + i, 0, 'NONE' ${rows}`,
    `insert into executions (${times}, execution_project, execution_domain, execution_name, workflow_id, phase, spec, closure,
        execution_created_at, execution_updated_at, abort_cause, mode, cluster, inputs_uri, user_inputs_uri, "user", state, launch_entity,
        last_sequence)
      select t, t, ${names("e")}, 1 + i, case when i % 500 = 1 then 'RUNNING' else 'SUCCEEDED' end, repeat('x', 300)::bytea, '', other, t, '',
        0, '', '', '', '', case when i % 1000 = 2 then 1 else 0 end, 'launch_plan', 1 ${rows}`,
    `insert into node_executions (${times}, execution_project, execution_domain, execution_name, node_id, phase, input_uri, closure,
        node_execution_metadata, node_execution_created_at, node_execution_updated_at, dynamic_workflow_remote_closure_reference)
      select t, t, 'busy', 'development', 'e' || i / 10, 'n' || i % 10, 'SUCCEEDED', '', '', '', t, t, '' ${rows}`,
    `insert into task_executions (${times}, execution_project, execution_domain, execution_name, node_id, project, domain, name, version,
        retry_attempt, phase, phase_version, input_uri, closure, task_execution_created_at, task_execution_updated_at)
      select t, t, 'busy', 'development', 'e' || i / 10, 'n' || i % 10, 'busy', 'development', 't', 'v', 0, 'SUCCEEDED', 0, '', '', t, t
        ${rows}`,
  ];
};

const tables = ["tasks", "workflows", "launch_plans", "executions", "node_executions", "task_executions"];

interface Node {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Node[];
}

/** What a list did: the kinds of nodes of its plan, and how many rows of each table were looked at. */
interface Seen {
  readonly kinds: Set<string>;
  readonly rows: Map<string, number>;
}

function look(node: Node, seen: Seen): void {
  seen.kinds.add(node["Node Type"]);
  const relation = node["Relation Name"];
  if (relation !== undefined) {
    const read = (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];
    seen.rows.set(relation, (seen.rows.get(relation) ?? 0) + read);
  }
  for (const inner of node.Plans ?? []) look(inner, seen);
}

let place: Awaited<ReturnType<typeof freshSchema>>;
let database: Awaited<ReturnType<typeof openPostgres>>;
const clients: Client[] = [];

async function session(settings: string): Promise<Client> {
  const client = new Client({ connectionString: place.url, types: columnTypes });
  clients.push(client);
  await client.connect();
  await client.query(`${sessionSettings}; ${settings}`);
  return client;
}

/** Runs a list of admin's with its reads explained as they run; they give no rows. */
async function seenBy(cached: "force_custom_plan" | "force_generic_plan", list: (deps: AdminDeps) => Promise<unknown>): Promise<Seen> {
  const seen: Seen = { kinds: new Set(), rows: new Map() };
  const explained = (client: Client) =>
    kyselyOverPostgres<Tables>(async ({ text, values = [] }) => {
      const given = values.map((value) => (typeof value === "number" ? String(value) : client.escapeLiteral(String(value))));
      await client.query(`prepare explained as ${text}`);
      const { rows } = await client.query<{ "QUERY PLAN": readonly { readonly Plan: Node }[] }>(
        `explain (analyze, format json) execute explained(${given.join(", ")})`,
      );
      for (const row of rows) for (const { Plan } of row["QUERY PLAN"]) look(Plan, seen);
      await client.query("deallocate explained");
      return { command: "SELECT", rowCount: 0, oid: 0, fields: [], rows: [] };
    });
  const reader = explained(await session(`set plan_cache_mode = ${cached}`));
  const inOrder = explained(await session(`set plan_cache_mode = ${cached}; ${followIndexes}`));
  await list({ state: sqlStateStore({ ...database, reader, inOrder }) } as Partial<AdminDeps> as AdminDeps);
  for (const client of clients.splice(0)) await client.end();
  return seen;
}

/** A list, its table, and the most rows of it that may be looked at. */
type List = readonly [name: string, table: string, most: number, list: (deps: AdminDeps) => Promise<unknown>];

const inOrder: readonly List[] = [
  ["executions", "executions", 103, (deps) => listExecutions(deps, { id, limit: 100, sortBy: created })],
  ["executions, oldest first", "executions", 103, (deps) => listExecutions(deps, { id, limit: 100, sortBy: { ...created, direction: 1 } })],
  ["executions, a later page", "executions", 400, (deps) => listExecutions(deps, { id, limit: 100, token: "300", sortBy: created })],
  ["executions as they came", "executions", 103, (deps) => listExecutions(deps, { id, limit: 100 })],
  [
    "executions by their own time",
    "executions",
    103,
    (deps) => listExecutions(deps, { id, limit: 100, sortBy: { ...created, key: "execution_created_at" } }),
  ],
  [
    "executions of a rare phase",
    "executions",
    40,
    (deps) => listExecutions(deps, { id, limit: 100, sortBy: created, filters: "eq(phase,RUNNING)" }),
  ],
  [
    "executions of a phase that is not there",
    "executions",
    0,
    (deps) => listExecutions(deps, { id, limit: 100, sortBy: created, filters: "eq(phase,FAILED)" }),
  ],
  [
    "executions of a common phase",
    "executions",
    103,
    (deps) => listExecutions(deps, { id, limit: 100, sortBy: created, filters: "eq(phase,SUCCEEDED)" }),
  ],
  ["archived executions", "executions", 20, (deps) => listExecutions(deps, { id, limit: 100, sortBy: created, filters: "eq(state,1)" })],
  [
    "executions of a quiet project",
    "executions",
    100,
    (deps) => listExecutions(deps, { id: { ...id, project: "quiet" }, limit: 100, sortBy: created }),
  ],
  ["tasks", "tasks", 100, (deps) => listTasks(deps, { id, limit: 100, sortBy: created })],
  ["workflows", "workflows", 100, (deps) => listWorkflows(deps, { id, limit: 100, sortBy: created })],
  ["launch plans", "launch_plans", 100, (deps) => listLaunchPlans(deps, { id, limit: 100, sortBy: created })],
];

const ofOneExecution: readonly List[] = [
  [
    "node executions",
    "node_executions",
    10,
    (deps) => listNodeExecutions(deps, { workflowExecutionId: execution, limit: 100, sortBy: created }),
  ],
  [
    "task executions",
    "task_executions",
    1,
    (deps) => listTaskExecutions(deps, { nodeExecutionId: { executionId: execution, nodeId: "n3" }, limit: 100, sortBy: created }),
  ],
];

const byWorkflow: List = [
  "executions of a workflow",
  "executions",
  many / 10,
  (deps) => listExecutions(deps, { id, limit: 100, sortBy: created, filters: "eq(workflow.name,n3)" }),
];

/** Tables of 20,000 rows, with no statistics, with those of a table of 40 rows, and with true ones. */
const states: readonly { readonly statistics: string; readonly analysed: boolean; readonly steps: readonly string[] }[] = [
  { statistics: "without statistics", analysed: false, steps: filled(0, many) },
  {
    statistics: "with statistics of another day",
    analysed: true,
    steps: [...filled(0, 40), `analyze ${tables.join(", ")}`, ...filled(40, many)],
  },
  { statistics: "with true statistics", analysed: true, steps: [...filled(0, many), `analyze ${tables.join(", ")}`] },
];

describe.each(states)("$statistics", ({ analysed, steps }) => {
  beforeAll(async () => {
    place = await freshSchema();
    database = await openPostgres({ postgres: place.url, clock });
    await runSql(place.url, ...tables.map((table) => `alter table ${table} set (autovacuum_enabled = off)`), ...steps);
  });

  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  test("the connections for lists in an index's order are set to follow it, the others are not", async () => {
    const setting = sql<{ readonly setting: string }>`select current_setting('enable_sort') as setting`;
    expect((await setting.execute(database.inOrder)).rows).toEqual([{ setting: "off" }]);
    expect((await setting.execute(database.reader)).rows).toEqual([{ setting: "on" }]);
  });

  describe.each(["force_custom_plan", "force_generic_plan"] as const)("%s", (cached) => {
    test.each(inOrder)("%s: no more rows are read than the page and those before it", async (_, table, most, list) => {
      const { kinds, rows } = await seenBy(cached, list);
      expect([...kinds].filter((kind) => kind.includes("Sort") || kind.includes("Seq Scan"))).toEqual([]);
      expect(rows.get(table)).toBeLessThanOrEqual(most);
    });
  });

  test.each(ofOneExecution)("%s: no more rows are read than those of the execution", async (_, table, most, list) => {
    const { kinds, rows } = await seenBy("force_custom_plan", list);
    expect([...kinds].filter((kind) => kind.includes("Seq Scan"))).toEqual([]);
    expect(rows.get(table)).toBeLessThanOrEqual(most);
  });

  // Without any, which of the two ways to go is a matter of luck: see PostgresStatistics.
  if (analysed) {
    test("executions of a workflow: not all are read", async () => {
      const [, table, most, list] = byWorkflow;
      expect((await seenBy("force_custom_plan", list)).rows.get(table)).toBeLessThanOrEqual(most);
    });
  }
});

test("tables are analysed when they have grown tenfold, before autovacuum gets to them", async () => {
  const own = await freshSchema();
  const stores = await openStores({ postgres: own.url, clock });
  try {
    await runSql(own.url, "alter table tasks set (autovacuum_enabled = off)");
    const analysed = () => runSql(own.url, "select reltuples > 0 as analysed from pg_class where oid = 'tasks'::regclass");
    const row = {
      ...id,
      name: "t",
      createdAt: "2026-01-01T00:00:00.000000Z",
      type: "noop",
      digest: new Uint8Array(1),
      shortDescription: "",
    };
    const closure = new Uint8Array(500);
    const insert = (version: number) => stores.state.write((writer) => writer.tasks.insert({ ...row, version: `v${version}`, closure }));
    await Promise.all(Array.from({ length: 150 }, (_, version) => insert(version)));
    expect(await analysed()).toEqual([{ analysed: false }]);
    await Promise.all(Array.from({ length: 450 }, (_, version) => insert(150 + version)));
    await vi.waitFor(async () => expect(await analysed()).toEqual([{ analysed: true }]), { timeout: 10_000 });
  } finally {
    await stores.close();
    await own.drop();
  }
});
