// Durable writes a second at 1, 50 and 1000 writers, each write three rows of 300 bytes: SQLite and Postgres in the same run.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { systemClock } from "../src/std/clock.ts";
import { openStores } from "../src/stores/sql/open-stores.ts";
import { postgresBinaries, TestPostgres } from "../test/support/postgres.ts";
import { median } from "./measure.js";

const seconds = 2;
const event = new Uint8Array(300);

/** Writes a second, and the milliseconds of each. */
async function measure(state, writers, tag) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, n) => {
      const id = { project: "p", domain: "d", name: `${tag}-${n}` };
      for (let sequence = 0; performance.now() < end; sequence += 3) {
        const before = performance.now();
        await state.write((writer) =>
          writer.watch.append(
            id,
            [0, 1, 2].map((more) => ({ sequence: sequence + more, event })),
          ),
        );
        times.push(performance.now() - before);
      }
    }),
  );
  return { rate: (times.length / (performance.now() - started)) * 1000, times };
}

export async function groupCommit() {
  const directory = mkdtempSync(path.join(os.tmpdir(), "flyte-bench-"));
  const postgres = postgresBinaries() === undefined ? undefined : await TestPostgres.start();
  const stores = new Map([["SQLite", await openStores({ path: path.join(directory, "flyte.db"), clock: systemClock })]]);
  if (postgres) stores.set("Postgres", await openStores({ postgres: postgres.url(), clock: systemClock }));
  const rows = [];
  try {
    for (const writers of [1, 50, 1000]) {
      let floor;
      for (const [name, { state }] of stores) {
        await measure(state, writers, `warm-${writers}`.concat(name));
        const { rate, times } = await measure(state, writers, `${writers}`);
        floor ??= rate;
        const sorted = times.toSorted((a, b) => a - b);
        const p99 = sorted[Math.floor(sorted.length * 0.99)];
        rows.push([
          `${name}, ${writers} writers: ${Math.round(rate)} writes/s`,
          `${median(times).toFixed(2)} ms`,
          `${sorted[0].toFixed(2)} – ${p99.toFixed(2)} ms (p99)`,
          times.length,
          `${(floor / rate).toFixed(1)} ×`,
        ]);
      }
    }
  } finally {
    for (const each of stores.values()) await each.close();
    await postgres?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}
