import { noContainerData } from "../../../test/support/no-container-data.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import { executionKey } from "../../idl/identifiers.ts";
import type { TaskTemplate } from "../../idl/types.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { ComputeBackend, ComputeSpec, ComputeStatus } from "../../ports/compute-backend.ts";
import type { PluginState, TaskContext } from "../../ports/task-plugin.ts";
import { createContainerPlugin } from "./container-plugin.ts";

// A backend that does as it is told, and a store in memory.
let specs: ComputeSpec[];
let removed: string[];
let status: ComputeStatus | undefined;
let log: string;
let objects: Map<string, Uint8Array>;
let synced: string[];
let notify: (name: string, labels: Readonly<Record<string, string>>) => void;
let woken: string[];
let sharesFiles: boolean;

beforeEach(() => {
  [specs, removed, synced, woken] = [[], [], [], []];
  status = undefined;
  log = "";
  objects = new Map();
  sharesFiles = true;
});

function plugin() {
  const compute: Partial<ComputeBackend> = {
    id: "scripted",
    sharesFiles,
    create: async (spec) => {
      specs.push(spec);
      status ??= { state: "WAITING", reason: "waiting for a free slot (1 of 1 in use)" };
    },
    status: async () => status,
    remove: async (name) => void removed.push(name),
    async *logs() {
      for (const part of log.match(/.{1,100}/gs) ?? []) yield Buffer.from(part);
    },
    subscribe: (listener) => {
      notify = listener;
      return () => undefined;
    },
  };
  const blobs: Partial<BlobStore> = {
    head: async (uri) => {
      const bytes = objects.get(uri);
      return bytes && { uri, size: bytes.length, modifiedAt: 0, etag: "", metadata: {} };
    },
    get: async (uri) => ({
      info: { uri, size: 0, modifiedAt: 0, etag: "", metadata: {} },
      body: (async function* () {
        yield objects.get(uri) ?? new Uint8Array();
      })(),
    }),
    put: async (uri, body) => {
      objects.set(uri, body as Uint8Array);
      return { uri, size: 0, modifiedAt: 0, etag: "", metadata: {} };
    },
    localPath: async (uri) => uri.replace("s3://bucket", "/store"),
    sync: async (uri) => void synced.push(uri),
  };
  return createContainerPlugin({
    host: { blobs: blobs as BlobStore, wake: (execution) => void woken.push(executionKey(execution)) },
    compute: compute as ComputeBackend,
    blobs: blobs as BlobStore,
    data: noContainerData,
    dataDirectory: "/none",
    endpoints: {
      tasks: {
        adminEndpoint: "http://localhost:30080",
        blobEndpoint: "http://localhost:30002",
        accessKey: "ak",
        secretKey: "sk",
        region: "us-east-1",
      },
    },
    logUrl: (name) => `http://console/logs/${name}`,
    defaultEnv: { EVERYWHERE: "yes" },
  });
}

const names = flyteidl.core.Resources.ResourceName;

function contextOf(template: TaskTemplate, more: Partial<TaskContext> = {}): TaskContext {
  return {
    id: {
      task: { project: "tp", domain: "td", name: "mod.fn", version: "v1" },
      node: { execution: { project: "p", domain: "d", name: "exec" }, nodeId: "n0" },
      retryAttempt: 2,
    },
    generatedName: "exec-n0-2",
    template,
    overrides: {},
    workflow: { project: "p", domain: "d", name: "wf", version: "v1" },
    launchPlan: undefined,
    inputUri: "s3://bucket/m/n0/data/inputs.pb",
    outputPrefix: "s3://bucket/m/n0/data/2",
    rawOutputPrefix: "s3://bucket/data/ab/exec-n0-2",
    checkpointPrefix: "s3://bucket/data/ab/exec-n0-2/_flytecheckpoints",
    previousCheckpointPrefix: "",
    env: {},
    interruptible: false,
    state: undefined,
    phaseVersion: 0,
    inputs: () => Promise.reject(new Error("inputs were not asked for")),
    ...more,
  };
}

const container = (more: Partial<NonNullable<TaskTemplate["container"]>> = {}): TaskTemplate => ({
  container: { image: "img", args: ["run", "{{.input}}", "{{.outputPrefix}}", "{{.rawOutputDataPrefix}}"], ...more },
});

describe("the attempt that is created", () => {
  test("has local paths for metadata and URIs for raw data where files are shared", async () => {
    await plugin().handle(contextOf(container()));
    expect(specs[0]?.command).toEqual(["run", "/store/m/n0/data/inputs.pb", "/store/m/n0/data/2", "s3://bucket/data/ab/exec-n0-2"]);
  });

  test("has URIs for all where they are not", async () => {
    sharesFiles = false;
    await plugin().handle(contextOf(container({ command: ["sh", "{{.inputPrefix}}"] })));
    expect(specs[0]?.command).toEqual([
      "sh",
      "s3://bucket/m/n0/data",
      "run",
      "s3://bucket/m/n0/data/inputs.pb",
      "s3://bucket/m/n0/data/2",
      "s3://bucket/data/ab/exec-n0-2",
    ]);
  });

  test("carries name, labels, image, resources, secrets and deadline", async () => {
    const mounts = flyteidl.core.Secret.MountType;
    const template: TaskTemplate = {
      ...container({
        resources: {
          requests: [{ name: names.CPU, value: "500m" }],
          limits: [
            { name: names.CPU, value: "2" },
            { name: names.MEMORY, value: "1Gi" },
          ],
        },
      }),
      securityContext: {
        secrets: [
          { group: "g", key: "k" },
          { group: "g", key: "f", mountRequirement: mounts.FILE, envVar: "F" },
          { group: "", key: "e", mountRequirement: mounts.ENV_VAR },
        ],
      },
    };
    await plugin().handle(contextOf(template, { deadlineSeconds: 60 }));
    expect(specs).toHaveLength(1);
    expect(specs[0]).toMatchObject({
      name: "exec-n0-2",
      labels: { project: "p", domain: "d", execution: "exec", node: "n0", attempt: "2", task: "mod.fn" },
      image: "img",
      resources: { cpu: "500m", memory: "1Gi" },
      secrets: [
        { group: "g", key: "k", mount: "ANY" },
        { group: "g", key: "f", mount: "FILE", envVar: "F" },
        { group: "", key: "e", mount: "ENV_VAR" },
      ],
      timeoutSeconds: 60,
    });
    specs = [];
    status = undefined;
    await plugin().handle(contextOf(template, { overrides: { image: "other", resources: { limits: [{ name: names.GPU, value: "1" }] } } }));
    expect(specs[0]).toMatchObject({ image: "other", resources: { gpu: "1" } });
  });

  test("finds in its environment who it is, and how to reach the deployment; later sources win", async () => {
    const own = [
      { key: "MINE", value: "in {{.outputPrefix}} {{.inputs.x}}" },
      { key: "FLYTE_AWS_ENDPOINT", value: "https://s3.example" },
      { key: "FLYTE_INTERNAL_EXECUTION_ID", value: "forged" },
      { key: "BOTH", value: "task" },
      { key: "EVERYWHERE", value: "no" },
    ];
    await plugin().handle(
      contextOf(container({ env: own }), {
        env: { BOTH: "execution" },
        launchPlan: { project: "p", domain: "d", name: "lp", version: "v1" },
        inputs: async () => ({ literals: { x: { scalar: { primitive: { stringValue: "value" } } } } }),
      }),
    );
    expect(specs[0]?.env).toEqual({
      MINE: "in /store/m/n0/data/2 value",
      BOTH: "execution",
      EVERYWHERE: "yes",
      FLYTE_PLATFORM_URL: "localhost:30080",
      FLYTE_PLATFORM_INSECURE: "true",
      FLYTE_AWS_ENDPOINT: "https://s3.example",
      FLYTE_AWS_ACCESS_KEY_ID: "ak",
      FLYTE_AWS_SECRET_ACCESS_KEY: "sk",
      FLYTE_ATTEMPT_NUMBER: "2",
      FLYTE_INTERNAL_EXECUTION_WORKFLOW: "p:d:wf",
      FLYTE_INTERNAL_EXECUTION_LAUNCHPLAN: "p:d:lp",
      FLYTE_INTERNAL_EXECUTION_ID: "exec",
      FLYTE_INTERNAL_EXECUTION_PROJECT: "p",
      FLYTE_INTERNAL_EXECUTION_DOMAIN: "d",
      FLYTE_INTERNAL_TASK_PROJECT: "tp",
      FLYTE_INTERNAL_TASK_DOMAIN: "td",
      FLYTE_INTERNAL_TASK_NAME: "mod.fn",
      FLYTE_INTERNAL_TASK_VERSION: "v1",
      FLYTE_INTERNAL_PROJECT: "tp",
      FLYTE_INTERNAL_DOMAIN: "td",
      FLYTE_INTERNAL_NAME: "mod.fn",
      FLYTE_INTERNAL_VERSION: "v1",
      _F_PRJ: "p",
      _F_DM: "d",
      _F_NM: "exec",
      _F_WF: "p:d:wf",
      _F_LP: "p:d:lp",
      _F_TK_PRJ: "tp",
      _F_TK_DM: "td",
      _F_TK_NM: "mod.fn",
      _F_TK_V: "v1",
    });
  });

  test("can read its template where it asks for it", async () => {
    const template = { type: "container", ...container({ args: ["{{.taskTemplatePath}}"] }) };
    await plugin().handle(contextOf(template));
    expect(specs[0]?.command).toEqual(["/store/m/n0/data/2/task.pb"]);
    const stored = objects.get("s3://bucket/m/n0/data/2/task.pb");
    expect(flyteidl.core.TaskTemplate.decode(stored ?? new Uint8Array()).type).toBe("container");
  });
});

test.each([
  ["without a container", {}, "the task has no container", "BadTaskSpecification"],
  [
    "that has its inputs where no directory can be",
    container({ dataConfig: { enabled: true, inputPath: "inputs" } }),
    "data_config: input_path [inputs] is no absolute path of a directory below /",
    "BadTaskSpecification",
  ],
  [
    "that names an input it does not have",
    container({ args: ["{{.inputs.y}}"] }),
    "input template [{{.inputs.y}}]: requested input is not found [y]",
    "BadTaskSpecification",
  ],
] as const)("a task %s fails for good, and nothing is created", async (_title, template, message, code) => {
  const inputs = async () => ({ literals: { x: { scalar: { primitive: { boolean: true } } } } });
  expect(await plugin().handle(contextOf(template, { inputs }))).toMatchObject({
    phase: "PERMANENT_FAILURE",
    error: { code, message: expect.stringContaining(message), kind: "USER" },
  });
  expect(specs).toEqual([]);
});

test("a new reason to wait is a new version; running and the end begin at 0; it is created once", async () => {
  const subject = plugin();
  const seen: unknown[] = [];
  let state: PluginState | undefined;
  let phaseVersion = 0;
  const round = async (next?: ComputeStatus): Promise<void> => {
    status = next ?? status;
    const transition = await subject.handle(contextOf(container(), { state, phaseVersion }));
    ({ state, phaseVersion } = { state: transition.state, phaseVersion: transition.phaseVersion });
    seen.push([transition.phase, transition.phaseVersion, transition.reason ?? transition.logs?.[0]?.uri]);
  };
  await round();
  await round();
  await round({ state: "WAITING", reason: "waiting for memory" });
  await round({ state: "WAITING", reason: "starting" });
  await round();
  await round({ state: "RUNNING", startedAt: 5 });
  await round();
  await round({ state: "EXITED", exitCode: 0, startedAt: 5, finishedAt: 9, use: { cpuSeconds: 1, peakMemoryBytes: 2 } });
  const link = "http://console/logs/exec-n0-2";
  expect(seen).toEqual([
    ["QUEUED", 0, "waiting for a free slot (1 of 1 in use)"],
    ["QUEUED", 0, "waiting for a free slot (1 of 1 in use)"],
    ["QUEUED", 1, "waiting for memory"],
    ["QUEUED", 2, "starting"],
    ["QUEUED", 2, "starting"],
    ["RUNNING", 0, link],
    ["RUNNING", 0, link],
    ["SUCCESS", 0, link],
  ]);
  expect(specs).toHaveLength(1);
});

test("success tells the use and the time, and has made the files durable", async () => {
  status = { state: "EXITED", exitCode: 0, startedAt: 5, finishedAt: 9, use: { cpuSeconds: 1, peakMemoryBytes: 2 } };
  expect(await plugin().handle(contextOf(container()))).toMatchObject({
    phase: "SUCCESS",
    occurredAt: 9,
    use: { cpuSeconds: 1, peakMemoryBytes: 2 },
  });
  expect(synced.sort()).toEqual(["deck.html", "error.pb", "futures.pb", "outputs.pb"].map((name) => `s3://bucket/m/n0/data/2/${name}`));
});

describe("an end without success", () => {
  const exit = (exitCode: number, more: object = {}): ComputeStatus => ({
    state: "EXITED",
    exitCode,
    startedAt: 0,
    finishedAt: 1,
    ...more,
  });
  const table: readonly (readonly [string, ComputeStatus, string, object])[] = [
    ["exit 1", exit(1), "RETRYABLE_FAILURE", { code: "Error", kind: "USER" }],
    [
      "exit 3",
      exit(3),
      "RETRYABLE_FAILURE",
      { code: "Error", kind: "USER", message: "[main] terminated with exit code (3). Reason [Error]. Message: \nlast words" },
    ],
    ["exit 137", exit(137), "RETRYABLE_FAILURE", { code: "Interrupted", kind: "SYSTEM" }],
    ["exit 247", exit(247), "RETRYABLE_FAILURE", { code: "Interrupted", kind: "SYSTEM" }],
    [
      "SIGSEGV",
      exit(139, { signal: "SIGSEGV" }),
      "RETRYABLE_FAILURE",
      { code: "Interrupted", kind: "SYSTEM", message: "[main] terminated with exit code (139). Reason [SIGSEGV]. Message: \nlast words" },
    ],
    [
      "a time-out",
      exit(143, { signal: "SIGTERM", timedOut: true }),
      "RETRYABLE_FAILURE",
      { code: "TimeoutExpired", kind: "USER", message: "task execution timeout [1m30s] expired" },
    ],
    ["LOST", { state: "LOST", reason: "gone" }, "RETRYABLE_FAILURE", { code: "Interrupted", kind: "SYSTEM", message: "gone" }],
    [
      "REFUSED",
      { state: "REFUSED", reason: "no flytekit", hint: "install it" },
      "PERMANENT_FAILURE",
      { kind: "USER", message: "no flytekit. Hint: install it" },
    ],
  ];
  test.each(table)("%s", async (_title, end, phase, error) => {
    status = end;
    log = "last words";
    expect(await plugin().handle(contextOf(container(), { deadlineSeconds: 90 }))).toMatchObject({ phase, error });
  });

  test("tells no more of the log than its end", async () => {
    status = exit(1);
    log = "a".repeat(5000) + "end";
    const { error } = await plugin().handle(contextOf(container()));
    expect(error?.message.split("\n")[1]).toBe("a".repeat(2045) + "end");
  });

  const kinds = flyteidl.core.ContainerError.Kind;
  const origins = flyteidl.core.ExecutionError.ErrorKind;
  test.each([
    [kinds.RECOVERABLE, origins.USER, "RETRYABLE_FAILURE", "USER"],
    [kinds.NON_RECOVERABLE, origins.USER, "PERMANENT_FAILURE", "USER"],
    [kinds.RECOVERABLE, origins.SYSTEM, "RETRYABLE_FAILURE", "SYSTEM"],
    [kinds.NON_RECOVERABLE, origins.SYSTEM, "PERMANENT_FAILURE", "SYSTEM"],
    [kinds.NON_RECOVERABLE, origins.UNKNOWN, "PERMANENT_FAILURE", "USER"],
  ])("with an error file is what the file says (kind %i, origin %i)", async (kind, origin, phase, blamed) => {
    status = exit(1);
    const document = flyteidl.core.ErrorDocument.encode({ error: { code: "USER:ValueError", message: "bad", kind, origin } }).finish();
    objects.set("s3://bucket/m/n0/data/2/error.pb", document);
    expect(await plugin().handle(contextOf(container()))).toMatchObject({
      phase,
      error: { code: "USER:ValueError", message: "bad", kind: blamed },
    });
  });

  const tooLarge = flyteidl.core.ErrorDocument.encode({ error: { code: "c", message: "x".repeat(10 << 20) } }).finish();
  test.each([Buffer.from("garbage!"), Buffer.alloc(0), tooLarge])("with an error file that is none (%#)", async (bytes) => {
    status = exit(1);
    objects.set("s3://bucket/m/n0/data/2/error.pb", bytes);
    expect(await plugin().handle(contextOf(container()))).toMatchObject({
      phase: "RETRYABLE_FAILURE",
      error: { code: "ErrorFileBadFormat", kind: "SYSTEM" },
    });
  });
});

test("an attempt that was created and is unknown now is not created again", async () => {
  expect(await plugin().handle(contextOf(container(), { state: { created: true } }))).toMatchObject({
    phase: "RETRYABLE_FAILURE",
    error: { kind: "SYSTEM", message: "the attempt is no longer known where it ran" },
  });
  expect(specs).toEqual([]);
});

test("a notice wakes the execution; abort and finalize remove", async () => {
  const subject = plugin();
  notify("exec-n0-2", { project: "p", domain: "d", execution: "exec" });
  notify("someone-elses", { project: "p" });
  expect(woken).toEqual(["p:d:exec"]);
  await subject.abort(contextOf(container()), "why not");
  await subject.finalize(contextOf(container()));
  expect(removed).toEqual(["exec-n0-2", "exec-n0-2"]);
});

describe("what a backend with images and limits tells", () => {
  const template: TaskTemplate = { container: { image: "img", args: ["run"] } };

  test("an image on its way is INITIALIZING, each news of it another version", async () => {
    status = { state: "WAITING", reason: "pulling image", initializing: true };
    const first = await plugin().handle(contextOf(template));
    expect(first).toMatchObject({ phase: "INITIALIZING", phaseVersion: 0, reason: "pulling image" });
    const { state } = first;
    const again = contextOf(template, { state });
    expect(await plugin().handle(again)).toMatchObject({ phase: "INITIALIZING", phaseVersion: 0 });
    status = { state: "WAITING", reason: "pulling image: half", initializing: true };
    expect(await plugin().handle(again)).toMatchObject({ phase: "INITIALIZING", phaseVersion: 1, reason: "pulling image: half" });
  });

  test.each([
    [{}, "PERMANENT_FAILURE", "TaskRefused"],
    [{ code: "ContainersNotReady|InvalidImageName" }, "PERMANENT_FAILURE", "ContainersNotReady|InvalidImageName"],
    [{ code: "ContainersNotReady|ImagePullBackOff", retryable: true }, "RETRYABLE_FAILURE", "ContainersNotReady|ImagePullBackOff"],
  ] as const)("a refusal with %o", async (more, phase, code) => {
    status = { state: "REFUSED", reason: "no such image", ...more };
    expect(await plugin().handle(contextOf(template))).toMatchObject({ phase, error: { code, message: "no such image", kind: "USER" } });
  });

  test.each([
    [{ exitCode: 137, signal: "SIGKILL", outOfMemory: true }, "OOMKilled", "USER", "OOMKilled"],
    [{ exitCode: 247, outOfMemory: true }, "OOMKilled", "USER", "OOMKilled"],
    [{ exitCode: 137, signal: "SIGKILL" }, "Interrupted", "SYSTEM", "SIGKILL"],
    [{ exitCode: 1, unattended: true }, "Interrupted", "SYSTEM", "Error"],
    [{ exitCode: 1 }, "Error", "USER", "Error"],
  ] as const)("an end with %o may be tried again as %s of the %s", async (end, code, kind, reason) => {
    sharesFiles = false;
    status = { state: "EXITED", startedAt: 1, finishedAt: 2, ...end };
    expect(await plugin().handle(contextOf(template, { state: { created: true } }))).toMatchObject({
      phase: "RETRYABLE_FAILURE",
      error: { code, kind, message: expect.stringContaining(`Reason [${reason}]`) },
    });
  });

  test.each([
    [["a"], ["b"], 1],
    [[], ["b"], 0],
    [["a", "b"], [], undefined],
  ])("of command %o and arguments %o the image's entry point gives way to %s words", async (command, args, words) => {
    await plugin().handle(contextOf({ container: { image: "img", command, args } }));
    expect(specs[0]?.entryPointWords).toBe(words);
  });

  const amounts = (cpu: string, memory: string) => ({ cpu, memory, gpu: "", ephemeralStorage: "" });
  const { CPU, MEMORY } = names;
  test.each([
    ["nothing", {}, undefined, {}],
    ["requests", { requests: [{ name: CPU, value: "1" }] }, undefined, { cpu: "1" }],
    ["limits before requests", { requests: [{ name: CPU, value: "1" }], limits: [{ name: CPU, value: "2" }] }, undefined, { cpu: "2" }],
    ["zero", { limits: [{ name: MEMORY, value: "0" }] }, undefined, {}],
    ["the platform's default", {}, { defaults: amounts("1", "1Gi"), limits: amounts("", "") }, { cpu: "1", memory: "1Gi" }],
    [
      "the platform's limit",
      { limits: [{ name: MEMORY, value: "8Gi" }] },
      { defaults: amounts("", ""), limits: amounts("4", "2Gi") },
      { memory: "2Gi" },
    ],
  ] as const)("limits follow from %s", async (_title, resources, platformResources, limits) => {
    const container = { image: "img", resources: { requests: [], limits: [], ...resources } } as NonNullable<TaskTemplate["container"]>;
    await plugin().handle(contextOf({ container }, platformResources ? { platformResources } : {}));
    expect(specs[0]?.limits).toEqual(limits);
  });
});
