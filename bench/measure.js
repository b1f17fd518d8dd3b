import { spawnSync } from "node:child_process";

/** Milliseconds of each of `runs` calls, the candidates taking turns so that a noisy moment strikes all of them. */
export async function interleaved(runs, candidates) {
  const times = new Map(candidates.map(({ name }) => [name, []]));
  for (let i = 0; i < runs; i++) {
    for (const { name, before, run, after } of candidates) {
      await before?.();
      const started = process.hrtime.bigint();
      await run();
      times.get(name).push(Number(process.hrtime.bigint() - started) / 1e6);
      await after?.();
    }
  }
  return times;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Rows for the table of RESULTS.md; `floor` names the candidate the others are held against. */
export function rows(times, floor) {
  const base = median(times.get(floor));
  return [...times].map(([name, values]) => {
    const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
    const middle = median(values);
    const over = name === floor ? "the floor" : `${(middle / base).toFixed(1)} × (+${ms(middle - base)})`;
    return [name, ms(middle), `${ms(Math.min(...values))} – ${ms(Math.max(...values))}`, values.length, over];
  });
}

/** Runs a program to its end; throws with its output when it fails. */
export function run(program, args, env) {
  const ran = spawnSync(program, args, { env, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${ran.status}: ${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
