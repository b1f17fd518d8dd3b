import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";

/** Runs statements, one after another, with a connection of their own. */
export async function runSql(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** An empty schema in the project's Postgres; `drop` removes it with all that is in it. */
export async function freshSchema(): Promise<{ readonly url: string; readonly schema: string; drop(): Promise<void> }> {
  const server = inject("postgresUrl");
  if (server === undefined) throw new Error("only tests of the project `postgres` have one");
  const schema = `s${randomUUID().replaceAll("-", "")}`;
  await runSql(server, `create schema ${schema}`);
  return {
    url: `${server}?options=${encodeURIComponent(`-c search_path=${schema}`)}`,
    schema,
    drop: async () => void (await runSql(server, `drop schema if exists ${schema} cascade`)),
  };
}
