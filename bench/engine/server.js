// A process of its own with everything of the sandbox but its tasks: those are done at once by a plugin that leaves
// outputs.pb in the object store and wakes propeller. `node server.js DIRECTORY [PROPELLER [POSTGRES]]`, forked: it answers
// messages.
import { monitorEventLoopDelay } from "node:perf_hooks";
import path from "node:path";
import { createEngine } from "../../src/engine/engine.ts";
import { startGateway } from "../../src/engine/gateway/start-gateway.ts";
import { sandboxSettings } from "../../src/engine/settings.ts";
import { ownHealth } from "../../src/host/health.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { systemClock } from "../../src/std/clock.ts";
import { systemRandom } from "../../src/std/random.ts";
import { openFileBlobStore } from "../../src/stores/objects/file-blob-store.ts";
import { startS3Server } from "../../src/stores/objects/s3-server.ts";
import { openStores } from "../../src/stores/sql/open-stores.ts";

const [directory = "", withPropeller = "true", postgres = ""] = process.argv.slice(2);
const clock = systemClock;
const random = systemRandom;
const logger = {
  info() {},
  warn: (message, fields) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  error: (message, fields) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
};
const credentials = { accessKey: "minio", secretKey: "miniostorage" };
const settings = { ...sandboxSettings, reevaluationInterval: 0 };

const outputs = flyteidl.core.LiteralMap.encode({ literals: { o: { scalar: { primitive: { integer: 1 } } } } }).finish();
function noop({ blobs, wake }) {
  const done = new Map();
  return {
    id: "noop",
    taskTypes: ["noop"],
    async handle(context) {
      const known = done.get(context.generatedName);
      if (known === undefined) {
        done.set(context.generatedName, false);
        setImmediate(async () => {
          await blobs.put(`${context.outputPrefix}/outputs.pb`, outputs);
          done.set(context.generatedName, true);
          wake(context.id.node.execution, context.id.node.nodeId);
        });
      }
      return { phase: known === true ? "SUCCESS" : "RUNNING", phaseVersion: 0 };
    },
    async abort() {},
    async finalize(context) {
      done.delete(context.generatedName);
    },
  };
}

const stores = await openStores(postgres === "" ? { path: path.join(directory, "flyte.db"), clock } : { postgres, clock });
const blobs = await openFileBlobStore({ directory: path.join(directory, "objects"), clock, random, buckets: ["my-s3-bucket"] });
const s3 = await startS3Server({
  blobs,
  host: "127.0.0.1",
  port: 0,
  credentials: [credentials],
  origins: [],
  clock,
  random,
  onError: (error) => logger.error("s3", { error: String(error) }),
});
// Without propeller admin's hand-over goes nowhere: only admin's own work is left.
const workflows =
  withPropeller === "true" ? stores.workflows : { ...stores.workflows, create: async () => true, listActive: async () => [] };
const engine = createEngine({
  ...stores,
  workflows,
  blobs,
  plugins: (host) => [noop(host)],
  clock,
  random,
  settings,
  version: "bench",
  owner: "bench",
  logger,
});
const gateway = await startGateway({
  services: engine.services,
  ports: [0],
  host: "127.0.0.1",
  health: ownHealth,
  allowedOrigins: [],
  allowedHosts: [],
  logger,
  clock,
  random,
  version: "bench",
});
await engine.start();

const delay = monitorEventLoopDelay({ resolution: 5 });
process.on("message", async (message) => {
  if (message === "watch loop") {
    delay.enable();
    delay.reset();
    process.send({});
  } else if (message === "loop") {
    process.send({ p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 });
  } else if (message === "usage") {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    // Milliseconds, and MB.
    process.send({ cpu: (userCPUTime + systemCPUTime) / 1000, peak: maxRSS / 1024, resident: process.memoryUsage.rss() / 2 ** 20 });
  } else if (message === "fill") {
    await fill();
    process.send({});
  } else if (message === "stop") {
    await gateway.drain(1000);
    await engine.stop();
    await s3.close();
    await blobs.close();
    await stores.close();
    process.exit(0);
  }
});
process.send({ admin: gateway.ports[0], s3: s3.port });

/** Brings the executions to 100,000, each a copy of the last that was launched. */
async function fill() {
  const [last] = await stores.state.read.executions.list({
    filters: [],
    limit: 1,
    offset: 0,
    sort: { column: "created_at", direction: "DESCENDING" },
  });
  const { key: _key, ...row } = last;
  for (let start = 0; start < 100_000; start += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        stores.state.write((writer) => writer.executions.insert({ ...row, id: { ...row.id, name: `filled${start + index}` } })),
      ),
    );
  }
}
