import { held, used } from "./held.js";
import { interleaved, median, rows } from "./measure.js";
import { bareFork } from "./python/bare-fork.js";
import { pythonSandbox } from "./python/sandbox.js";

const runs = Number(process.env.FLYTE_BENCH_RUNS ?? 9);
const few = Math.min(3, runs);
const tasks = 1000;

/** Tasks of the real flytekit that do nothing, through a real sandbox: from CreateExecution to SUCCEEDED, read back after. */
export async function python() {
  const bare = bareFork();
  const floor = "10 forks of flytekit's entry point";
  const warm = pythonSandbox(21300);
  try {
    for (let round = 0; round < 3; round++) await Promise.all([warm.execute("chain"), bare.run()]);
    const times = await interleaved(runs, [
      { name: floor, run: bare.run },
      { name: "chain of 10 tasks", run: () => warm.execute("chain"), after: () => warm.readBack(10) },
    ]);
    const { spent, peak, cpu } = await fans(warm);
    times.set("chain of 10 tasks, --no-warm", await cold());
    return [...rows(times, floor), rate(spent, median(times.get(floor)), peak, cpu)];
  } finally {
    await bare.close();
    await warm.close();
  }
}

async function cold() {
  const sandbox = pythonSandbox(21400, "--no-warm");
  try {
    const name = "chain";
    return (await interleaved(1, [{ name, run: () => sandbox.execute("chain"), after: () => sandbox.readBack(10) }])).get(name);
  } finally {
    await sandbox.close();
  }
}

/** Of each fan: its milliseconds, and the CPU that a task of it cost; and the most memory (PSS, megabytes) that was seen. */
async function fans(sandbox) {
  const peak = { daemon: 0, others: 0 };
  const watch = setInterval(() => {
    const now = held(sandbox.directory);
    for (const part of ["daemon", "others"]) peak[part] = Math.max(peak[part], now[part]);
  }, 1000);
  const cpu = [];
  let before;
  try {
    const fan = {
      name: "fan",
      before: () => (before = used(sandbox.directory)),
      run: () => sandbox.execute("fan"),
      async after() {
        cpu.push(difference(used(sandbox.directory), before));
        await sandbox.readBack(tasks);
      },
    };
    return { spent: (await interleaved(few, [fan])).get("fan"), peak, cpu };
  } finally {
    clearInterval(watch);
  }
}

const difference = (later, earlier) => Object.fromEntries(Object.entries(later).map(([part, value]) => [part, value - earlier[part]]));

function rate(spent, floorOfTen, peak, cpu) {
  const perSecond = (ms, count = tasks) => `${((count / ms) * 1000).toFixed(0)} tasks/s`;
  const ofTask = (part) => (median(cpu.map((all) => all[part])) / tasks).toFixed(1);
  const use = `CPU a task: daemon ${ofTask("daemon")} ms, its process and that one's parent ${ofTask("attempts")} ms, warm interpreters ${ofTask("interpreters")} ms`;
  const memory = `PSS at most ${peak.daemon.toFixed(0)} MB of the daemon, ${peak.others.toFixed(0)} MB of interpreters and tasks`;
  const range = `${perSecond(Math.max(...spent))} – ${perSecond(Math.min(...spent))}`;
  return [
    `${tasks} tasks at once`,
    perSecond(median(spent)),
    range,
    spent.length,
    `one after the other, bare: ${perSecond(floorOfTen, 10)}; ${use}; ${memory}`,
  ];
}
