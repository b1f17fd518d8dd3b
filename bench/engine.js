import { postgresBinaries, TestPostgres } from "../test/support/postgres.ts";
import { bareChain, postgresCommits, sqliteCommits } from "./engine/bare-chain.js";
import { openEngine } from "./engine/open-engine.js";
import { launchRequest, readBack, register, registerTask, succeeded } from "./engine/workflows.js";
import { interleaved, rows } from "./measure.js";

const runs = Number(process.env.FLYTE_BENCH_RUNS ?? 9);

/**
 * Executions of tasks that are done at once: from CreateExecution over gRPC to SUCCEEDED, all durable, read back after. On
 * SQLite, and on a Postgres of its own where there is one.
 */
export async function engine() {
  const sqlite = await measured("SQLite", {}, sqliteCommits);
  if (postgresBinaries() === undefined) return sqlite;
  await using postgres = await TestPostgres.start();
  return [...sqlite, ...(await measured("Postgres", { postgres: postgres.url() }, () => postgresCommits(postgres.url())))];
}

async function measured(database, options, openCommits) {
  const { admin, directory, close } = await openEngine(options);
  try {
    await registerTask(admin);
    await register(admin, "chain", 100, true);
    await register(admin, "fan", 1000, false);
    let last = "";
    let launched = 0;
    const execute = (workflow) => async () => {
      last = `${workflow}${launched++}`;
      await admin.createExecution(launchRequest(workflow, last));
      await succeeded(admin, last);
    };
    for (const warmUp of ["chain", "fan", "chain"]) await execute(warmUp)();
    const floor = `${database}: files and commits of a chain of 100`;
    const times = await interleaved(runs, [
      { name: floor, run: () => bareChain(directory, 100, openCommits) },
      { name: `${database}: chain of 100 tasks`, run: execute("chain"), after: () => readBack(admin, last, 100) },
      { name: `${database}: 1,000 tasks at once`, run: execute("fan"), after: () => readBack(admin, last, 1000) },
    ]);
    return rows(times, floor);
  } finally {
    await close();
  }
}
