import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import Long from "long";
import { pack } from "tar-stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createContainerPlugin } from "../../../src/plugins/container/container-plugin.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { LiteralMap } from "../../../src/idl/types.ts";
import type { ComputeBackend } from "../../../src/ports/compute-backend.ts";
import type { PluginTransition, TaskContext } from "../../../src/ports/task-plugin.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";
import { openFileBlobStore, type FileBlobStore } from "../../../src/stores/objects/file-blob-store.ts";
import { openBackend, temporaryDirectory, testPython } from "./open-backend.ts";
import { noContainerData } from "../../support/no-container-data.ts";

const run = promisify(execFile);

const tasks = `
import os, sys
import typing
from flytekit import Secret, current_context, task

@task
def add(a: int, b: int) -> int:
    print("adding", flush=True)
    return a + b

@task(secret_requests=[Secret(group="db", key="password"), Secret(group="db", key="cert", mount_requirement=Secret.MountType.FILE)])
def context(words: typing.List[str]) -> typing.Tuple[str, str]:
    c = current_context()
    secrets = c.secrets.get("db", "password") + c.secrets.get("db", "cert")
    return "/".join([c.execution_id.project, c.execution_id.domain, c.execution_id.name, c.task_id.name, *words]), secrets

@task
def fails(a: int) -> int:
    raise ValueError(f"no {a}")
    return a

@task
def leaves() -> int:
    print("leaving now", flush=True)
    sys.exit(3)
    return 1
`;

const serialize = `
import sys
from collections import OrderedDict
from flytekit.configuration import FastSerializationSettings, ImageConfig, SerializationSettings
from flytekit.tools.translator import get_serializable
import demo
fast = FastSerializationSettings(enabled=True, destination_dir="/root", distribution_location=sys.argv[2]) if sys.argv[2] else None
settings = SerializationSettings(project="p", domain="d", version="v", image_config=ImageConfig.auto_default_image(), fast_serialization_settings=fast)
spec = get_serializable(OrderedDict(), settings, getattr(demo, sys.argv[1]))
sys.stdout.buffer.write(spec.to_flyte_idl().template.SerializeToString())
`;

const code = "s3://my-s3-bucket/code/fast0123.tar.gz";
let directory: AsyncDisposable & { readonly path: string };
let blobs: FileBlobStore;
let compute: ComputeBackend & { close(): Promise<void> };

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeFile(join(directory.path, "demo.py"), tasks);
  await writeFile(join(directory.path, "serialize.py"), serialize);
  await writeFile(join(directory.path, "secrets.yaml"), "db: {password: one, cert: two}\n");
  blobs = await openFileBlobStore({
    directory: join(directory.path, "objects"),
    clock: systemClock,
    random: systemRandom,
    buckets: ["my-s3-bucket"],
  });
  const tar = pack();
  tar.entry({ name: "demo.py" }, tasks);
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar as unknown as AsyncIterable<Uint8Array>) parts.push(part);
  await blobs.put(code, gzipSync(Buffer.concat(parts)));
  compute = await openBackend(directory.path, {
    fetchCode: async (uri) => (await blobs.get(uri)).body,
    secretsFile: join(directory.path, "secrets.yaml"),
  });
});

afterAll(async () => {
  for (const name of await compute.list({})) await compute.remove(name);
  await compute.close();
  await blobs.close();
  await directory[Symbol.asyncDispose]();
});

/** Serialises the task with flytekit, runs it through the plugin to its end, and tells that and what it left. */
async function execute(
  task: string,
  inputs: LiteralMap,
  distribution = code,
): Promise<{ end: PluginTransition; phases: string[]; read: (file: string) => Promise<Buffer> }> {
  const { stdout } = await run(testPython, ["serialize.py", task, distribution], {
    cwd: directory.path,
    encoding: "buffer",
    env: { ...process.env, TMPDIR: directory.path },
  });
  const name = `exec-${task}-${distribution === "" ? "plain" : "fast"}`;
  const base = `s3://my-s3-bucket/metadata/propeller/p-d-exec/${name}/data`;
  await blobs.put(`${base}/inputs.pb`, flyteidl.core.LiteralMap.encode(inputs).finish());
  const execution = { project: "p", domain: "d", name: "exec" };
  let wake: () => void = () => undefined;
  const plugin = createContainerPlugin({
    data: noContainerData,
    dataDirectory: "/none",
    host: { blobs, wake: () => wake() },
    compute,
    blobs,
    endpoints: { tasks: { adminEndpoint: "localhost:30080", blobEndpoint: "", accessKey: "", secretKey: "", region: "" } },
    logUrl: (generated) => `http://localhost/logs/${generated}`,
    defaultEnv: distribution === "" ? { PYTHONPATH: directory.path } : {},
  });
  const phases: string[] = [];
  let last: PluginTransition | undefined;
  for (;;) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const context: TaskContext = {
      id: { task: { project: "p", domain: "d", name: `demo.${task}`, version: "v" }, node: { execution, nodeId: name }, retryAttempt: 0 },
      generatedName: name,
      template: flyteidl.core.TaskTemplate.decode(stdout),
      overrides: {},
      workflow: { project: "p", domain: "d", name: "wf", version: "v" },
      launchPlan: undefined,
      inputUri: `${base}/inputs.pb`,
      outputPrefix: `${base}/0`,
      rawOutputPrefix: `s3://my-s3-bucket/data/aa/${name}`,
      checkpointPrefix: `s3://my-s3-bucket/data/aa/${name}/_flytecheckpoints`,
      previousCheckpointPrefix: "",
      env: {},
      interruptible: false,
      state: last?.state,
      phaseVersion: last?.phaseVersion ?? 0,
      inputs: async () => inputs,
    };
    last = await plugin.handle(context);
    if (phases.at(-1) !== last.phase) phases.push(last.phase);
    if (last.phase !== "QUEUED" && last.phase !== "RUNNING") break;
    // Nothing polls: a missing notice hangs here.
    await woken;
  }
  return {
    end: last,
    phases,
    async read(file) {
      const parts: Uint8Array[] = [];
      for await (const part of (await blobs.get(`${base}/0/${file}`)).body) parts.push(part);
      return Buffer.concat(parts);
    },
  };
}

const integer = (value: number) => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
const text = (stringValue: string) => ({ scalar: { primitive: { stringValue } } });

test.each([
  ["fetched code", code],
  ["code that is on PYTHONPATH", ""],
])("a task of flytekit runs with %s, and its outputs are in the store", async (_title, distribution) => {
  const { end, phases, read } = await execute("add", { literals: { a: integer(2), b: integer(40) } }, distribution);
  expect(end).toMatchObject({ phase: "SUCCESS" });
  expect(phases).toEqual(["QUEUED", "RUNNING", "SUCCESS"]);
  const outputs = flyteidl.core.LiteralMap.decode(await read("outputs.pb"));
  expect(Object.keys(outputs.literals ?? {})).toEqual(["o0"]);
  expect(outputs.literals?.["o0"]?.scalar?.primitive?.integer?.toString()).toBe("42");
  expect(end.use?.cpuSeconds).toBeGreaterThan(0.1);
  expect(end.use?.peakMemoryBytes).toBeGreaterThan(30 << 20);
});

test("flytekit knows where it runs, and finds its secrets", async () => {
  const { end, read } = await execute("context", { literals: { words: { collection: { literals: [text("x"), text("y")] } } } });
  expect(end).toMatchObject({ phase: "SUCCESS" });
  const { literals } = flyteidl.core.LiteralMap.decode(await read("outputs.pb"));
  expect(literals?.["o0"]?.scalar?.primitive?.stringValue).toBe("p/d/exec/demo.context/x/y");
  expect(literals?.["o1"]?.scalar?.primitive?.stringValue).toBe("onetwo");
});

test("a task that raises ends well, and leaves its error for propeller", async () => {
  const { end, read } = await execute("fails", { literals: { a: integer(7) } });
  expect(end).toMatchObject({ phase: "SUCCESS" });
  const { error } = flyteidl.core.ErrorDocument.decode(await read("error.pb"));
  expect(error?.code).toBe("USER:RuntimeError");
  expect(error?.message).toContain("no 7");
});

test("a task that leaves by sys.exit is its own failure", async () => {
  const { end } = await execute("leaves", { literals: {} });
  expect(end).toMatchObject({ phase: "RETRYABLE_FAILURE", error: { code: "Error", kind: "USER" } });
  expect(end.error?.message).toContain("exit code (3)");
  expect(end.error?.message).toContain("leaving now");
});
