import { type Kysely, sql } from "kysely";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { WorkflowConfig, WorkflowSave, WorkflowSnapshot, WorkflowStore } from "../../ports/workflow-store.ts";
import { preparedQuery, preparedRows } from "./prepared-query.ts";
import type { Tables } from "./schema.ts";
import type { SqlDatabase } from "./sql-database.ts";

const unique = ["execution_project", "execution_domain", "execution_name"] as const;
/** Of one statement, which is compiled for each number of rows. */
const nodesAtOnce = 50;
const nothing = new Uint8Array();

/** What propeller owns, in a SQL database: a row a workflow, a row a node, and only the rows that changed are written. */
export function sqlWorkflowStore(database: SqlDatabase): WorkflowStore {
  const listeners = new Set<(id: WorkflowExecutionId, nodeId?: string) => void>();
  const tell = (id: WorkflowExecutionId, nodeId?: string): void => {
    for (const listener of listeners) {
      try {
        listener(id, nodeId);
      } catch (thrown) {
        // What was done is durable: a listener's bug is loud, but not this caller's, nor the other listeners'.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  };
  const { announcements } = database;
  const announce = async (db: Kysely<Tables>, id: WorkflowExecutionId): Promise<void> => announcements?.announce(db, "workflow", id);
  announcements?.subscribe("workflow", (id, nodeId) => {
    if (id !== undefined) {
      tell(id, nodeId);
      return;
    }
    // Some words were missed: everything that is open may have changed. When it cannot be read, the connection is lost again.
    void listActive(database).then(
      (ids) => ids.forEach((each) => tell(each)),
      () => {},
    );
  });
  return {
    async create(spec) {
      const created = await database.write(async (db) => {
        const inserted = await insertWorkflow(db, spec);
        if (inserted) await announce(db, spec.id);
        return inserted;
      }, "inserts");
      if (created) tell(spec.id);
      return created;
    },

    listActive: () => listActive(database),

    claim: (id, owner, now, leaseUntil) => database.write((db) => claimWorkflow(db, id, owner, now, leaseUntil)),

    extendLeases: (owner, now, leaseUntil) => database.write((db) => extendLeases(db, owner, now, leaseUntil)),

    save: (id, expected, delta) => database.write((db) => saveWorkflow(db, { id, expected, delta })),

    async terminate(id, reason) {
      const told = await database.write(async (db) => {
        const changed = await db
          .updateTable("active_workflows")
          .set({ termination: sql<string>`coalesce(termination, ${reason})` })
          .where("execution_project", "=", id.project)
          .where("execution_domain", "=", id.domain)
          .where("execution_name", "=", id.name)
          .where("completed", "=", 0)
          .executeTakeFirst();
        if (changed.numUpdatedRows === 0n) return false;
        await announce(db, id);
        return true;
      });
      if (told) tell(id);
      return told;
    },

    wake: tell,

    subscribe(listener) {
      // Of its own, so that a function that subscribes twice is called twice and leaves once.
      const own = (id: WorkflowExecutionId, nodeId?: string): void => listener(id, nodeId);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}

async function listActive(database: SqlDatabase): Promise<readonly WorkflowExecutionId[]> {
  const rows = await database.reader
    .selectFrom("active_workflows")
    .select([...unique])
    .where("completed", "=", 0)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ project: row.execution_project, domain: row.execution_domain, name: row.execution_name }));
}

/** A completed workflow stays known by its id alone. */
const completion = { completed: 1, closure: nothing, execution_spec: nothing, config: null, owner: "", lease_until: 0 } as const;

async function insertWorkflow(db: Kysely<Tables>, { id, ...spec }: WorkflowSnapshot["spec"]): Promise<boolean> {
  const inserted = await db
    .insertInto("active_workflows")
    .values({
      execution_project: id.project,
      execution_domain: id.domain,
      execution_name: id.name,
      closure: spec.closure,
      execution_spec: spec.executionSpec,
      config: spec.config === undefined ? null : JSON.stringify(spec.config),
      inputs_uri: spec.inputsUri,
      created_ms: spec.createdAt,
      version: 0,
      epoch: 0,
      owner: "",
      lease_until: 0,
      state: null,
      termination: null,
      completed: 0,
    })
    .onConflict((conflict) => conflict.columns(unique).doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

async function claimWorkflow(
  db: Kysely<Tables>,
  id: WorkflowExecutionId,
  owner: string,
  now: number,
  leaseUntil: number,
): Promise<WorkflowSnapshot | undefined> {
  // One statement, so that two claims at once cannot both see the workflow free. Epoch 0 is before any claim.
  const row = await db
    .updateTable("active_workflows")
    .set({
      epoch: sql<number>`case when owner = ${owner} and epoch > 0 then epoch else epoch + 1 end`,
      owner,
      lease_until: leaseUntil,
    })
    .where("execution_project", "=", id.project)
    .where("execution_domain", "=", id.domain)
    .where("execution_name", "=", id.name)
    .where("completed", "=", 0)
    .where((build) => build.or([build("owner", "=", owner), build("lease_until", "<=", now)]))
    .returningAll()
    .executeTakeFirst();
  if (!row) return undefined;
  const nodes = await db.selectFrom("workflow_nodes").select(["node_id", "state"]).where("workflow_key", "=", row.id).execute();
  return {
    spec: {
      id,
      closure: row.closure,
      executionSpec: row.execution_spec,
      ...(row.config !== null && { config: JSON.parse(row.config) as WorkflowConfig }),
      inputsUri: row.inputs_uri,
      createdAt: row.created_ms,
    },
    version: row.version,
    epoch: row.epoch,
    state: row.state ?? undefined,
    nodes: new Map(nodes.map((node) => [node.node_id, node.state])),
    termination: row.termination ?? undefined,
  };
}

async function extendLeases(db: Kysely<Tables>, owner: string, now: number, leaseUntil: number): Promise<void> {
  await db
    .updateTable("active_workflows")
    .set({ lease_until: leaseUntil })
    .where("owner", "=", owner)
    .where("completed", "=", 0)
    .where("lease_until", ">", now)
    .where("lease_until", "<", leaseUntil)
    .execute();
}

type Save = (save: WorkflowSave) => Promise<boolean>;
const savers = new WeakMap<Kysely<Tables>, Save>();

/** WorkflowStore.save within a transaction. */
export function saveWorkflow(db: Kysely<Tables>, save: WorkflowSave): Promise<boolean> {
  const saver = savers.get(db) ?? workflowSaver(db);
  savers.set(db, saver);
  return saver(save);
}

interface SaveValues extends WorkflowExecutionId {
  readonly state: string;
  readonly version: number;
  readonly nextVersion: number;
  readonly epoch: number;
}

function workflowSaver(db: Kysely<Tables>): Save {
  const update = (completed: boolean) =>
    preparedQuery(db, ({ project, domain, name, state, version, nextVersion, epoch }: SaveValues) =>
      db
        .updateTable("active_workflows")
        .set({ state, version: nextVersion, ...(completed ? completion : {}) })
        .where("execution_project", "=", project)
        .where("execution_domain", "=", domain)
        .where("execution_name", "=", name)
        .where("version", "=", version)
        .where("epoch", "=", epoch)
        .where("completed", "=", 0)
        .returning("id"),
    );
  const [goOn, complete] = [update(false), update(true)];
  const putNodes = preparedRows(db, (rows: readonly Tables["workflow_nodes"][]) =>
    db
      .insertInto("workflow_nodes")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["workflow_key", "node_id"]).doUpdateSet((build) => ({ state: build.ref("excluded.state") })),
      ),
  );
  const dropNodes = preparedRows(db, (rows: readonly Omit<Tables["workflow_nodes"], "state">[]) =>
    db
      .deleteFrom("workflow_nodes")
      .where("workflow_key", "=", rows[0]?.workflow_key ?? 0)
      .where(
        "node_id",
        "in",
        rows.map((row) => row.node_id),
      ),
  );
  return async ({ id: { project, domain, name }, expected: { version, epoch }, delta }) => {
    const values = { project, domain, name, state: delta.state, version, nextVersion: version + 1, epoch };
    const key = (await (delta.completed ? complete : goOn)(values)).rows[0]?.id;
    if (key === undefined) return false;
    if (delta.completed) {
      await db.deleteFrom("workflow_nodes").where("workflow_key", "=", key).execute();
      return true;
    }
    const [rows, dropped]: [Tables["workflow_nodes"][], Omit<Tables["workflow_nodes"], "state">[]] = [[], []];
    for (const [node_id, state] of delta.nodes) {
      if (state === undefined) dropped.push({ workflow_key: key, node_id });
      else rows.push({ workflow_key: key, node_id, state });
    }
    for (let start = 0; start < rows.length; start += nodesAtOnce) await putNodes(rows.slice(start, start + nodesAtOnce));
    for (let start = 0; start < dropped.length; start += nodesAtOnce) await dropNodes(dropped.slice(start, start + nodesAtOnce));
    return true;
  };
}
