import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { kindEnvironment, kindVariables } from "../test/support/kind-environment.ts";
import { emptyHome } from "./home.js";
import { interleaved, median, rows, run } from "./measure.js";

const runs = Number(process.env.FLYTE_BENCH_RUNS ?? 3);
const portBase = process.env.FLYTE_BENCH_PORT_BASE ?? "21300";
const name = "bench";
const floor = "kind create cluster";

/**
 * A sandbox on kind beside `kind create cluster` alone, all images present: begun, begun again after a stop, given another engine
 * image; how soon after its container the engine's pod is ready, as a watch from outside sees it, and what the engine holds. Needs
 * test/kube/prepare.sh. FLYTE_BENCH_RUNS (3) rounds, of a minute or two each.
 */
export async function kind() {
  const environment = kindEnvironment();
  if (environment === undefined) throw new Error("there is no Docker engine that is ready for kind: run test/kube/prepare.sh");
  const home = emptyHome();
  const { DOCKER_HOST, PATH } = kindVariables(environment);
  Object.assign(home.env, { DOCKER_HOST, PATH, KIND_EXPERIMENTAL_DOCKER_NETWORK: "flyte-bench-floor" });
  const docker = (...args) => run("docker", args, home.env).trim();
  const [engine, changed] = ["one", "two"].map((tag) => `flyte-bench-engine:${process.pid}-${tag}`);
  const kubeconfig = path.join(home.env.HOME, "floor");
  const nodeImage = environment.nodeImage === "" ? [] : ["--image", environment.nodeImage];
  const images = ["--engine-image", engine, "--postgres-image", environment.postgresImage, "--minio-image", environment.minioImage];
  const sandbox = (verb, ...flags) => home.flyte("sandbox", verb, "--name", name, ...flags);
  const start = (...flags) => sandbox("start", "--backend", "kind", "--port-base", portBase, "--quiet", ...nodeImage, ...images, ...flags);
  const cluster = (verb, ...flags) =>
    run("kind", [verb, "cluster", "--quiet", "--name", "flyte-bench-floor", "--kubeconfig", kubeconfig, ...flags], home.env);
  const seen = { ready: [], held: [] };
  let watch;
  try {
    home.flyte("sandbox", "build-image", "--base", environment.engineBase, "--tag", engine);
    const times = await interleaved(runs, [
      { name: floor, run: () => cluster("create", ...nodeImage), after: () => cluster("delete") },
      { name: "sandbox start", run: () => start() },
      { name: "sandbox start, from stopped", before: () => sandbox("stop"), run: () => start() },
      {
        name: "sandbox reload",
        before: async () => {
          relabel(docker, engine, changed);
          watch = await watchEngine(home.env, sandbox("kubeconfig").trim());
        },
        // Not at once to its end, or the watch would be read afterwards.
        run: () => apart(home, ["sandbox", "reload", "--name", name, "--engine-image", changed]),
        after: async () => {
          const { startedAt, held } = engineProcess(docker);
          seen.ready.push((await watch.readyAt()) - startedAt);
          seen.held.push(held);
          watch.end();
          sandbox("stop", "--delete-data");
          docker("image", "rm", "--force", changed);
        },
      },
    ]);
    return [
      ...rows(times, floor),
      row("the engine's pod ready after its container began", seen.ready, "ms"),
      row("the engine holds (PSS)", seen.held, "MB"),
    ];
  } finally {
    watch?.end();
    for (const end of [
      () => cluster("delete"),
      () => sandbox("stop", "--delete-data"),
      () => docker("network", "rm", "flyte-bench-floor"),
      () => docker("image", "rm", "--force", changed),
      () => docker("image", "rm", "--force", engine),
    ]) {
      try {
        end();
      } catch {
        // It is not there.
      }
    }
    rmSync(kubeconfig, { force: true });
    home.remove();
  }
}

function row(what, values, unit) {
  const text = (value) => `${value.toFixed(0)} ${unit}`;
  return [what, text(median(values)), `${text(Math.min(...values))} – ${text(Math.max(...values))}`, values.length, ""];
}

/** Another image with the same content. */
function relabel(docker, from, to) {
  const container = docker("create", from);
  docker("commit", "--change", "LABEL of=bench", container, to);
  docker("rm", container);
}

/** When the engine's process in the node began (epoch milliseconds), and the megabytes it holds. */
function engineProcess(docker) {
  const node = `flyte-${name}-control-plane`;
  const inNode = (script) => docker("exec", node, "sh", "-c", script);
  const serves = `tr '\\0' ' ' <$f 2>/dev/null | grep -q '^node .*[f]lyte serve'`;
  const pid = inNode(`for f in /proc/[0-9]*/cmdline; do ${serves} && basename $(dirname $f); done | tail -1`);
  const [begun] = inNode(`cat /proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ")
    .slice(19);
  const [uptime] = inNode("cat /proc/uptime").split(" ");
  const startedAt = Date.now() - (Number(uptime) * 1000 - Number(begun) * 10);
  const held = Number(/^Pss:\s+(\d+)/m.exec(inNode(`cat /proc/${pid}/smaps_rollup`))[1]) / 1000;
  return { startedAt, held };
}

/** Sees the engine's pods by kubectl; `readyAt` is when the newest of them was told to be ready. */
async function watchEngine(env, kubeconfig) {
  const columns = "custom-columns=N:.metadata.name,T:.metadata.creationTimestamp,R:.status.containerStatuses[0].ready";
  const args = ["get", "pods", "-n", "flyte", "-l", "app.kubernetes.io/name=flyte", "--watch", "--no-headers", "-o", columns];
  const child = spawn("kubectl", args, { env: { ...env, KUBECONFIG: kubeconfig }, stdio: ["ignore", "pipe", "inherit"] });
  const before = new Set();
  const ready = new Map();
  let first = true;
  await new Promise((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      for (const line of text.trim().split("\n")) {
        const [pod, , isReady] = line.split(/\s+/);
        if (first) before.add(pod);
        else if (isReady === "true" && !before.has(pod) && !ready.has(pod)) ready.set(pod, Date.now());
      }
      first = false;
      resolve();
    });
  });
  return {
    async readyAt() {
      for (let tries = 0; ready.size === 0 && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 100));
      if (ready.size !== 1) throw new Error(`${ready.size} new pods of the engine were ready`);
      return [...ready.values()][0];
    },
    end: () => child.kill(),
  };
}

function apart(home, args) {
  return new Promise((resolve, reject) => {
    const program = path.join(import.meta.dirname, "../bin/run.js");
    const child = spawn(process.execPath, [program, ...args, "--quiet"], { env: home.env, stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`flyte ${args.join(" ")} ended with ${code}`))));
  });
}
