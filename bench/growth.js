import { openEngine } from "./engine/open-engine.js";
import { launchRequest, register, registerMap, registerTask, succeeded } from "./engine/workflows.js";
import { median } from "./measure.js";

const runs = Number(process.env.FLYTE_BENCH_RUNS ?? 3);

/**
 * What grows tenfold, and how it is run once; each run has an engine of its own.
 * @type {{ id: string, title: string, sizes: number[], make: (size: number) => ((admin: any) => Promise<void>)[] }[]}
 */
const grown = [
  { id: "chain", title: "a chain of", sizes: [1000, 10_000], make: (size) => [async (admin) => register(admin, "w", size, true), one] },
  { id: "fan", title: "tasks at once:", sizes: [1000, 10_000], make: (size) => [async (admin) => register(admin, "w", size, false), one] },
  {
    id: "map",
    title: "elements of a map:",
    sizes: [1000, 10_000],
    make: (size) => [async (admin) => registerMap(admin, "w"), (admin) => one(admin, listOf(size))],
  },
  {
    id: "executions",
    title: "executions at once of a chain of 10:",
    sizes: [100, 1000],
    make: (size) => [async (admin) => register(admin, "w", 10, true), many(size)],
  },
];

const listOf = (size) => ({
  literals: { x: { collection: { literals: Array.from({ length: size }, (_, integer) => ({ scalar: { primitive: { integer } } })) } } },
});

async function one(admin, inputs) {
  await admin.createExecution({ ...launchRequest("w", "e"), ...(inputs && { inputs }) });
  // Asking costs the engine, too.
  await succeeded(admin, "e", 100);
}

const many = (size) => async (admin) => {
  const names = Array.from({ length: size }, (_, index) => `e${index}`);
  await Promise.all(names.map((name) => admin.createExecution(launchRequest("w", name))));
  for (const name of names) await succeeded(admin, name, 100);
};

/**
 * How cost grows: the same at two sizes, ten times apart. Time is the engine's CPU time (a shared machine tells in wall time);
 * memory is what its process had at most beyond what it has idle. 10 would be linear.
 */
export async function growth() {
  const wanted = process.env.FLYTE_BENCH_GROWTH?.split(",");
  const table = [];
  for (const { id, title, sizes, make } of grown) {
    if (wanted && !wanted.includes(id)) continue;
    const seen = sizes.map(() => []);
    for (let turn = 0; turn < runs; turn++) for (const [index, size] of sizes.entries()) seen[index].push(await measured(...make(size)));
    const of = (index, what) => seen[index].map((one) => one[what]);
    for (const [index, size] of sizes.entries()) {
      const rise = (what) => (median(of(index, what)) / median(of(0, what))).toFixed(1);
      const cpu = of(index, "cpu");
      table.push([
        `${title} ${size.toLocaleString("en")}`,
        `${median(cpu).toFixed(0)} ms CPU, ${median(of(index, "wall")).toFixed(0)} ms, ${median(of(index, "memory")).toFixed(0)} MB`,
        `${Math.min(...cpu).toFixed(0)} – ${Math.max(...cpu).toFixed(0)} ms CPU`,
        cpu.length,
        index === 0 ? "the floor" : `${rise("cpu")} × CPU, ${rise("wall")} × time, ${rise("memory")} × memory`,
      ]);
    }
  }
  return table;
}

async function measured(prepare, execute) {
  const { admin, ask, close } = await openEngine();
  try {
    await registerTask(admin);
    // What runs for the first time is compiled.
    await register(admin, "warm", 100, false);
    await admin.createExecution(launchRequest("warm", "warm"));
    await succeeded(admin, "warm");
    await prepare(admin);
    const before = await ask("usage");
    const started = performance.now();
    await execute(admin);
    const wall = performance.now() - started;
    const after = await ask("usage");
    return { wall, cpu: after.cpu - before.cpu, memory: after.peak - before.resident };
  } finally {
    await close();
  }
}
