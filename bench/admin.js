import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { flyteidl } from "../src/idl/flyteidl.ts";
import { openEngine } from "./engine/open-engine.js";
import { identifier, launchRequest, register, registerTask, taskTemplate } from "./engine/workflows.js";
import { median } from "./measure.js";
import { TestPostgres } from "../test/support/postgres.ts";

const { admin: messages } = flyteidl;
const service = "/flyteidl.service.AdminService/";
const number = "@".repeat(10);
const rounds = 5;
const seconds = Number(process.env.FLYTE_BENCH_SECONDS ?? 3);

/** Admin alone, without propeller, called by a compiled client on the same machine; GetVersion is the floor of a call. */
export async function admin() {
  return await measure({});
}

/** The same over a Postgres of its own on this machine, which keeps every commit before it answers. */
export async function adminPostgres() {
  await using postgres = await TestPostgres.start();
  return await measure({ postgres: postgres.url() });
}

async function measure(store) {
  const build = mkdtempSync(path.join(os.tmpdir(), "flyte-bench-load-"));
  const engine = await openEngine({ propeller: false, ...store });
  try {
    cpSync(path.join(import.meta.dirname, "load"), build, { recursive: true });
    const built = spawnSync("go", ["build", "-o", "load", "."], { cwd: build, stdio: "inherit" });
    if (built.status !== 0) throw new Error("go could not build bench/load");
    await registerTask(engine.admin);
    await register(engine.admin, "one", 1, false);
    await engine.admin.createExecution(launchRequest("one", "first"));
    let first = 0;
    const load = async (method, request, callers) => {
      const seen = await run(
        path.join(build, "load"),
        [`127.0.0.1:${engine.ports.admin}`, service + method, callers, seconds, first].map(String),
        request,
      );
      first = seen.last + 1;
      if (Object.keys(seen.failures).length > 0) throw new Error(`${method}: ${JSON.stringify(seen.failures)}`);
      return seen;
    };
    const id = { ...identifier("TASK", "noop"), version: number };
    const createTask = messages.TaskCreateRequest.encode({ id, spec: { template: { ...taskTemplate("noop"), id } } }).finish();
    const createExecution = messages.ExecutionCreateRequest.encode(launchRequest("one", `e${number}`)).finish();
    const list = messages.ResourceListRequest.encode({
      id: { project: "flytesnacks", domain: "development" },
      limit: 100,
      sortBy: { key: "created_at", direction: 0 },
    }).finish();
    const empty = new Uint8Array();
    const rates = await inTurns(rounds, {
      "GetVersion, 50 callers": () => load("GetVersion", empty, 50),
      "CreateTask, 50 callers": () => load("CreateTask", createTask, 50),
      "CreateExecution, 50 callers": () => load("CreateExecution", createExecution, 50),
    });
    await engine.ask("fill");
    const pages = await inTurns(rounds, {
      "GetVersion, 1 caller": () => load("GetVersion", empty, 1),
      "ListExecutions, 100 of 100,000, 1 caller": () => load("ListExecutions", list, 1),
    });
    return [...rows(rates, (seen) => seen.perSecond, perSecond), ...rows(pages, (seen) => seen.p50, milliseconds)];
  } finally {
    await engine.close();
    rmSync(build, { recursive: true, force: true });
  }
}

const perSecond = (value) => `${value.toFixed(0)} /s`;
const milliseconds = (value) => `${value.toFixed(2)} ms`;

async function inTurns(times, candidates) {
  const seen = new Map(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round < times; round++) for (const [name, call] of Object.entries(candidates)) seen.get(name).push(await call());
  return [...seen];
}

function rows(seen, valueOf, text) {
  const base = median(seen[0][1].map(valueOf));
  return seen.map(([name, all], index) => {
    const values = all.map(valueOf);
    const p99 = median(all.map(({ p99 }) => p99)).toFixed(1);
    const middle = median(values);
    const over = index === 0 ? "the floor" : `${(middle / base).toFixed(2)} ×, p99 of a call ${p99} ms`;
    return [name, text(middle), `${text(Math.min(...values))} – ${text(Math.max(...values))}`, values.length, over];
  });
}

function run(program, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part) => (text += part));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`${program} ended with ${code}`))));
    child.stdin.end(input);
  });
}
