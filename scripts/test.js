// npm test: runs every vitest project whose prerequisites exist, each within its budget, says what was left out and why,
// and ends with `N passed, N failed, N skipped`. With CI set nothing may be left out.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { apiServerBinaries } from "../test/support/api-server.ts";
import { kindEnvironment } from "../test/support/kind-environment.ts";
import { postgresBinaries } from "../test/support/postgres.ts";
import { testMinio } from "./test-minio.js";
import { testPython } from "./test-python.js";

/** Minutes each project may take; a run that takes longer fails. */
const budgets = { unit: 3, integration: 10, postgres: 8, planes: 6, kubernetes: 6, kind: 25, conformance: 12, simulation: 6, faults: 8 };
const needsPython = new Set(["integration", "postgres", "planes", "conformance", "faults"]);

const wanted = process.argv.slice(2);
const ci = Boolean(process.env.CI);
const counts = { passed: 0, failed: 0, skipped: 0 };
const notes = [];
let broken = false;

const build = spawnSync(process.execPath, ["scripts/build.js"], { stdio: "inherit" });
if (build.status !== 0) process.exit(build.status ?? 1);

const python = testPython();
for (const [project, minutes] of Object.entries(budgets)) {
  if (wanted.length > 0 && !wanted.includes(project)) continue;
  if (needsPython.has(project) && !python) {
    notes.push(`${project}: left out, there is no Python of at least 3.10 with venv on PATH`);
    broken ||= ci;
    continue;
  }
  if ((project === "postgres" || project === "planes") && !postgresBinaries()) {
    notes.push(`${project}: left out, there is no Postgres on PATH or in /usr/lib/postgresql`);
    broken ||= ci;
    continue;
  }
  if (project === "kubernetes" && !apiServerBinaries()) {
    notes.push(
      `${project}: left out, there is no Kubernetes API server: test/kube/build-programs.sh etcd kube-apiserver makes one (some minutes)`,
    );
    broken ||= ci;
    continue;
  }
  if (project === "kind" && !kindEnvironment()) {
    notes.push(
      `${project}: left out, no Docker engine is ready for kind: test/kube/prepare.sh makes one so (a quarter of an hour at first)`,
    );
    broken ||= ci;
    continue;
  }
  const minio = project === "planes" ? testMinio() : undefined;
  if (project === "planes" && !minio) {
    notes.push(`${project}: left out, there is no Go of at least 1.21 on PATH to build MinIO with`);
    broken ||= ci;
    continue;
  }
  const scratch = mkdtempSync(path.join(os.tmpdir(), "flyte-test-"));
  const file = path.join(scratch, "counts");
  const started = Date.now();
  const run = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--project", project, "--reporter=default", "--reporter=./scripts/reporter.ts"],
    {
      stdio: "inherit",
      timeout: minutes * 60_000,
      killSignal: "SIGTERM",
      env: {
        ...process.env,
        FLYTE_TEST_COUNTS: file,
        FLYTE_TEST_PYTHON: python ?? "",
        FLYTE_TEST_MINIO: minio ?? "",
        ...(ci && { FLYTE_SIMULATION_SEEDS: "200" }),
      },
    },
  );
  const took = (Date.now() - started) / 60_000;
  if (existsSync(file))
    for (const line of readFileSync(file, "utf8").trim().split("\n"))
      for (const [key, n] of Object.entries(JSON.parse(line))) counts[key] += n;
  else counts.failed++;
  rmSync(scratch, { recursive: true, force: true });
  if (run.status !== 0) broken = true;
  notes.push(`${project}: ${took.toFixed(1)} of ${minutes} minutes${run.error ? ", ended: over budget" : ""}`);
}
for (const note of notes) process.stdout.write(`${note}\n`);
if (counts.passed === 0) broken = true;
if (broken && counts.failed === 0) counts.failed = 1;
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(broken ? 1 : 0);
