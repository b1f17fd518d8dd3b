import type { Kysely } from "kysely";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { ResourceManager, ResourcePool, TokenHolder } from "../../ports/resource-manager.ts";
import type { Tables } from "./schema.ts";
import type { SqlDatabase } from "./sql-database.ts";

/** Called, in this process, with who has been given a token since it asked for one. */
type Wake = (execution: WorkflowExecutionId, nodeId: string) => void;

/** Tokens as rows: those that are given, and in the order in which they were asked for those that are not. */
export function sqlResourceManager(database: SqlDatabase, wake: Wake): ResourceManager {
  const { dialect, announcements } = database;
  const change = async (pool: ResourcePool, work: (db: Kysely<Tables>) => Promise<void>): Promise<void> => {
    const given = await database.write(async (db) => {
      await dialect.lockName(db, `resources ${pool.namespace}`);
      await work(db);
      const holders = await giveOut(db, pool);
      for (const { execution, nodeId } of holders) await announcements?.announce(db, "workflow", execution, nodeId);
      return holders;
    });
    for (const { execution, nodeId } of given) wake(execution, nodeId);
  };
  return {
    async allocate(pool, holder) {
      if (await isGranted(database.reader, pool, holder)) return true;
      await change(pool, async (db) => {
        await dropDead(db, pool);
        await db
          .insertInto("resource_tokens")
          .values({ ...keyOf(pool, holder), node_id: holder.nodeId, granted: 0 })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      });
      return (await isGranted(database.reader, pool, holder)) ?? false;
    },
    async release(pool, holder) {
      if ((await isGranted(database.reader, pool, holder)) === undefined) return;
      const key = keyOf(pool, holder);
      await change(pool, async (db) => {
        await db
          .deleteFrom("resource_tokens")
          .where((build) => build.and(key))
          .execute();
      });
    },
  };
}

const keyOf = ({ namespace }: ResourcePool, { execution, token }: TokenHolder) => ({
  namespace,
  execution_project: execution.project,
  execution_domain: execution.domain,
  execution_name: execution.name,
  token,
});

/** Undefined for who has not asked. */
async function isGranted(db: Kysely<Tables>, pool: ResourcePool, holder: TokenHolder): Promise<boolean | undefined> {
  const key = keyOf(pool, holder);
  const row = await db
    .selectFrom("resource_tokens")
    .select("granted")
    .where((build) => build.and(key))
    .executeTakeFirst();
  return row && row.granted === 1;
}

/** Takes back what belongs to executions that are over: clean-up that could not be done left it behind. */
async function dropDead(db: Kysely<Tables>, { namespace }: ResourcePool): Promise<void> {
  await db
    .deleteFrom("resource_tokens")
    .where("namespace", "=", namespace)
    .where((build) =>
      build.not(
        build.exists(
          build
            .selectFrom("active_workflows")
            .select("active_workflows.id")
            .whereRef("active_workflows.execution_project", "=", "resource_tokens.execution_project")
            .whereRef("active_workflows.execution_domain", "=", "resource_tokens.execution_domain")
            .whereRef("active_workflows.execution_name", "=", "resource_tokens.execution_name")
            .where("active_workflows.completed", "=", 0),
        ),
      ),
    )
    .execute();
}

/** Gives to those who wait, first come first served, but for those whose project or domain has its share already. Returns who got one. */
async function giveOut(db: Kysely<Tables>, pool: ResourcePool): Promise<readonly TokenHolder[]> {
  const { namespace, quota, perProject = Infinity, perDomain = Infinity } = pool;
  const held = await db
    .selectFrom("resource_tokens")
    .select(({ fn }) => ["execution_project as project", "execution_domain as domain", fn.countAll().as("count")])
    .where("namespace", "=", namespace)
    .where("granted", "=", 1)
    .groupBy(["execution_project", "execution_domain"])
    .execute();
  const shares = new Shares(perProject, perDomain);
  for (const { project, domain, count } of held) shares.add(project, domain, Number(count));
  const given: TokenHolder[] = [];
  while (shares.all < quota) {
    const waiting = await db
      .selectFrom("resource_tokens")
      .selectAll()
      .where("namespace", "=", namespace)
      .where("granted", "=", 0)
      .$if(shares.fullProjects.length > 0, (select) => select.where("execution_project", "not in", shares.fullProjects))
      .where((build) =>
        build.and(
          shares.fullDomains.map(([project, domain]) => build.not(build.and({ execution_project: project, execution_domain: domain }))),
        ),
      )
      .orderBy("id")
      .limit(Math.min(quota - shares.all, atOnce))
      .execute();
    if (waiting.length === 0) break;
    const granted = waiting.filter(({ execution_project, execution_domain }) => shares.take(execution_project, execution_domain));
    const ids = granted.map(({ id }) => id);
    await db.updateTable("resource_tokens").set({ granted: 1 }).where("id", "in", ids).execute();
    for (const { execution_project: project, execution_domain: domain, execution_name: name, node_id: nodeId, token } of granted)
      given.push({ execution: { project, domain, name }, nodeId, token });
  }
  return given;
}

/** Of one statement. */
const atOnce = 100;

/** Who has how many tokens. */
class Shares {
  all = 0;
  readonly #perProject: number;
  readonly #perDomain: number;
  readonly #projects = new Map<string, number>();
  readonly #domains = new Map<string, { readonly project: string; readonly domain: string; count: number }>();

  constructor(perProject: number, perDomain: number) {
    this.#perProject = perProject;
    this.#perDomain = perDomain;
  }

  add(project: string, domain: string, count: number): void {
    this.all += count;
    this.#projects.set(project, (this.#projects.get(project) ?? 0) + count);
    const key = JSON.stringify([project, domain]);
    const known = this.#domains.get(key);
    if (known) known.count += count;
    else this.#domains.set(key, { project, domain, count });
  }

  /** Counts one more, if there may be. */
  take(project: string, domain: string): boolean {
    const ofDomain = this.#domains.get(JSON.stringify([project, domain]))?.count ?? 0;
    if ((this.#projects.get(project) ?? 0) >= this.#perProject || ofDomain >= this.#perDomain) return false;
    this.add(project, domain, 1);
    return true;
  }

  get fullProjects(): string[] {
    return [...this.#projects].filter(([, count]) => count >= this.#perProject).map(([project]) => project);
  }

  get fullDomains(): (readonly [string, string])[] {
    return [...this.#domains.values()]
      .filter(({ count }) => count >= this.#perDomain)
      .map(({ project, domain }) => [project, domain] as const);
  }
}
