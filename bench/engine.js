import { bareChain } from "./engine/bare-chain.js";
import { openEngine } from "./engine/open-engine.js";
import { launchRequest, readBack, register, registerTask, succeeded } from "./engine/workflows.js";
import { interleaved, rows } from "./measure.js";

/** Executions of tasks that are done at once: from CreateExecution over gRPC to SUCCEEDED, all durable, read back after. */
export async function engine() {
  const { admin, directory, close } = await openEngine();
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
    const times = await interleaved(Number(process.env.FLYTE_BENCH_RUNS ?? 9), [
      { name: "files and commits of a chain of 100", run: () => bareChain(directory, 100) },
      { name: "chain of 100 tasks", run: execute("chain"), after: () => readBack(admin, last, 100) },
      { name: "1,000 tasks at once", run: execute("fan"), after: () => readBack(admin, last, 1000) },
    ]);
    return rows(times, "files and commits of a chain of 100");
  } finally {
    await close();
  }
}
