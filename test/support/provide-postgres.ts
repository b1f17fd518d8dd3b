import type { TestProject } from "vitest/node";
import { TestPostgres } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A server for all files, each test takes a schema of its own; undefined in other projects than `postgres`. */
    postgresUrl: string | undefined;
  }
}

/** One Postgres for the whole project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await TestPostgres.start();
  project.provide("postgresUrl", postgres.url());
  return () => postgres[Symbol.asyncDispose]();
}
