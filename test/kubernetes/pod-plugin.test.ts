import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import type { TaskTemplate } from "../../src/idl/types.ts";
import { structFromJson } from "../../src/idl/json/well-known-from-json.ts";
import { createPodPlugin } from "../../src/plugins/pod/pod-plugin.ts";
import { defaultPodConfig, type PodConfig } from "../../src/plugins/pod/pod-config.ts";
import type { Pod } from "../../src/ports/kubernetes-objects.ts";
import type { OpenKubernetes } from "../../src/compute/kubernetes/open-kubernetes.ts";
import type { PluginTransition, TaskContext, TaskPlugin } from "../../src/ports/task-plugin.ts";
import { systemClock } from "../../src/std/clock.ts";
import { MemoryBlobStore } from "../support/memory-blob-store.ts";
import { TestApiServer } from "../support/api-server.ts";
import { openCluster, patchStatus, until } from "./open-cluster.ts";

let server: TestApiServer;
let names = 0;
let namespace: string;
let woken: string[];

beforeAll(async () => {
  server = await TestApiServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  names++;
  namespace = `project-d${names}`;
  woken = [];
  await server.namespace(namespace);
});

const names_ = flyteidl.core.Resources.ResourceName;
const container: TaskTemplate = {
  type: "python-task",
  container: {
    image: "image:1",
    command: ["run", "{{.input}}", "{{.namespace}}"],
    resources: { requests: [{ name: names_.CPU, value: "500m" }] },
  },
  securityContext: {
    secrets: [
      { group: "db", key: "Password" },
      { group: "db", key: "USER", mountRequirement: 1 },
    ],
  },
};

function contextOf(template: TaskTemplate, more: Partial<TaskContext> = {}): TaskContext {
  const at = { project: "project", domain: `d${names}` };
  return {
    id: {
      task: { ...at, name: "app.fn", version: "v1" },
      node: { execution: { ...at, name: "exec" }, nodeId: "n0" },
      retryAttempt: 0,
    },
    generatedName: "exec-n0-0",
    template,
    overrides: {},
    workflow: { ...at, name: "wf", version: "v1" },
    launchPlan: undefined,
    inputUri: "s3://b/in/inputs.pb",
    outputPrefix: "s3://b/out",
    rawOutputPrefix: "s3://b/raw",
    checkpointPrefix: "s3://b/cp",
    previousCheckpointPrefix: "",
    env: {},
    interruptible: false,
    state: undefined,
    phaseVersion: 0,
    inputs: async () => ({}),
    ...more,
  };
}

function pluginOn(kubernetes: OpenKubernetes, config: Partial<PodConfig> = {}): TaskPlugin {
  const blobs = new MemoryBlobStore();
  return createPodPlugin({
    host: { blobs, wake: (execution, node) => void woken.push(`${execution.name}/${node ?? ""}`) },
    kubernetes,
    blobs,
    clock: systemClock,
    config: { ...defaultPodConfig, ...config },
    ownImage: async () => "engine:own",
    logs: [{ displayName: "Pod", templateUris: ["http://logs/{{.namespace}}/{{.podName}}"] }],
  });
}

/** What the engine keeps from one round to the next. */
function after(context: TaskContext, { state, phaseVersion }: PluginTransition): TaskContext {
  return { ...context, phaseVersion, ...(state && { state }) };
}

const path = (name = "exec-n0-0"): string => `/api/v1/namespaces/${namespace}/pods/${name}`;
const podAt = async (name?: string): Promise<Pod> => (await server.call("GET", path(name))).body as Pod;
const count = async (): Promise<number> =>
  ((await server.call("GET", `/api/v1/namespaces/${namespace}/pods`)).body as { readonly items: readonly unknown[] }).items.length;
const running = {
  phase: "Running",
  containerStatuses: [
    { name: "exec-n0-0", state: { running: { startedAt: "2026-05-01T10:00:00Z" } }, image: "i", imageID: "", ready: true, restartCount: 0 },
  ],
};
const endedWith = (exitCode: number, reason: string) => ({
  phase: "Running",
  containerStatuses: [
    {
      name: "exec-n0-0",
      state: { terminated: { exitCode, reason, startedAt: "2026-05-01T10:00:00Z", finishedAt: "2026-05-01T10:00:05Z" } },
      image: "i",
      imageID: "",
      ready: false,
      restartCount: 0,
    },
  ],
});

test("an attempt is a pod the server takes; its changes wake the attempt, and it ends as its container does", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster);
  let context = contextOf(container);
  const submitted = await plugin.handle(context);
  expect(submitted).toMatchObject({ phase: "QUEUED", reason: "task submitted to K8s" });
  const pod = await podAt();
  expect(pod.spec.containers[0]).toMatchObject({
    command: ["run", "s3://b/in/inputs.pb", namespace],
    resources: { requests: { cpu: "500m", memory: "1Gi" } },
    volumeMounts: [{ mountPath: "/etc/flyte/secrets/db", readOnly: true }],
  });
  expect(pod.spec.containers[0]?.env).toContainEqual({
    name: "_FSEC_DB_USER",
    valueFrom: { secretKeyRef: { name: "db", key: "USER", optional: true } },
  });
  context = after(context, submitted);
  await until("its creation wakes", () => woken.includes("exec/n0"));
  woken = [];
  await patchStatus(server, namespace, "exec-n0-0", running);
  await until("its start wakes", () => woken.includes("exec/n0"));
  const started = await plugin.handle(context);
  expect(started).toMatchObject({
    phase: "RUNNING",
    phaseVersion: 1,
    startedAt: Date.parse("2026-05-01T10:00:00Z"),
    logs: [{ name: "Pod (User)", uri: `http://logs/${namespace}/exec-n0-0` }],
  });
  context = after(context, started);
  expect(await plugin.handle(context)).toMatchObject({ phase: "RUNNING", phaseVersion: 1 });
  woken = [];
  await patchStatus(server, namespace, "exec-n0-0", endedWith(0, "Completed"));
  await until("its end wakes", () => woken.includes("exec/n0"));
  expect(await plugin.handle(context)).toMatchObject({ phase: "SUCCESS", occurredAt: Date.parse("2026-05-01T10:00:05Z") });
  await plugin.finalize(context);
  // It stays for its log, unless the deployment says otherwise.
  expect(await count()).toBe(1);
  await pluginOn(cluster, { deleteResourceOnFinalize: true }).finalize(context);
  expect(await count()).toBe(0);
  // Woken only as long as it was on its way.
  woken = [];
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(woken).toEqual([]);
});

test("a propeller killed at any moment finds its pod again, and makes no second one", async () => {
  const context = contextOf(container);
  let kept: TaskContext;
  {
    await using cluster = await openCluster(server);
    kept = after(context, await pluginOn(cluster).handle(context));
  }
  await patchStatus(server, namespace, "exec-n0-0", endedWith(3, "Error"));
  const { metadata } = await podAt();
  await using cluster = await openCluster(server);
  // Killed before the round was saved: it knows of no pod, nobody will tell it of a change, and yet it sees the end.
  expect(await pluginOn(cluster).handle(context)).toMatchObject({
    phase: "RETRYABLE_FAILURE",
    error: { code: "Error", kind: "USER", message: expect.stringContaining("exit code (3)") as string },
  });
  // Killed after it.
  expect(await pluginOn(cluster).handle(kept)).toMatchObject({ phase: "RETRYABLE_FAILURE" });
  expect((await podAt()).metadata.uid).toBe(metadata.uid);
  expect(await count()).toBe(1);
});

test("an abort deletes the pod, with a finalizer too; again and again", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster, { injectFinalizer: true });
  const context = contextOf(container);
  const kept = after(context, await plugin.handle(context));
  expect((await podAt()).metadata.finalizers).toEqual(["flyte.org/finalizer-k8s"]);
  await plugin.abort(kept, "enough");
  expect((await podAt()).metadata.deletionTimestamp).toBeDefined();
  await plugin.finalize(kept);
  expect(await count()).toBe(0);
  await plugin.abort(kept, "enough");
  await plugin.finalize(kept);
});

test("a pod that somebody else deletes is the system's failure", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster, { injectFinalizer: true });
  const context = contextOf(container);
  const kept = after(context, await plugin.handle(context));
  await until("it is known", () => woken.length > 0);
  const deletion = async (change: () => Promise<unknown>): Promise<unknown> => {
    woken = [];
    await change();
    await until("the change wakes", () => woken.length > 0);
    return (await plugin.handle(kept)).error;
  };
  const told = { code: "UnexpectedObjectDeletion", kind: "SYSTEM" };
  const message = `object [${namespace}/exec-n0-0] terminated in the background, manually`;
  expect(await deletion(() => server.call("DELETE", path()))).toEqual({ ...told, message });
  const disruption = { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" };
  expect(await deletion(() => patchStatus(server, namespace, "exec-n0-0", { conditions: [disruption] }))).toEqual({
    ...told,
    message: `${message}: EvictionByEvictionAPI: Eviction API: evicting`,
  });
  await plugin.finalize(kept);
  await until("its end is seen", async () => (await cluster.pods.find(namespace, "exec-n0-0")) === undefined);
  expect(await plugin.handle(kept)).toMatchObject({
    phase: "RETRYABLE_FAILURE",
    error: { code: "ResourceDeletedExternally", kind: "SYSTEM" },
  });
});

test("a pod that ended before it was deleted keeps its end", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster, { injectFinalizer: true });
  const context = contextOf(container);
  const kept = after(context, await plugin.handle(context));
  await patchStatus(server, namespace, "exec-n0-0", endedWith(0, "Completed"));
  await server.call("DELETE", path());
  await until(
    "its deletion is seen",
    async () => (await cluster.pods.find(namespace, "exec-n0-0"))?.metadata.deletionTimestamp !== undefined,
  );
  expect(await plugin.handle(kept)).toMatchObject({ phase: "SUCCESS" });
  await plugin.finalize(kept);
});

test("a namespace's quota holds an attempt back, or ends it when it alone is more", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster);
  await server.call("POST", `/api/v1/namespaces/${namespace}/resourcequotas`, {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "q" },
    spec: { hard: { "limits.cpu": "900m" } },
  });
  // Nobody counts here, where no controllers run: the quota is what its status says.
  const used = (cpu: string) =>
    server.call("PATCH", `/api/v1/namespaces/${namespace}/resourcequotas/q/status`, {
      status: { hard: { "limits.cpu": "900m" }, used: { "limits.cpu": cpu } },
    });
  await used("800m");
  const context = contextOf(container);
  const held = await until("the quota is known to the server", async () => {
    const transition = await plugin.handle(context);
    return transition.phase === "WAITING_FOR_RESOURCES" && transition;
  });
  expect(held.reason).toMatch(/^Exceeded resourcequota: pods "exec-n0-0" is forbidden: exceeded quota: q, requested: limits.cpu=500m/);
  const large = { requests: [{ name: names_.CPU, value: "2" }] };
  expect(await plugin.handle(contextOf(container, { generatedName: "large", overrides: { resources: large } }))).toMatchObject({
    phase: "PERMANENT_FAILURE",
    error: { code: "ResourceRequestsExceedLimits", kind: "USER" },
  });
  await used("0");
  const kept = after(context, held);
  await until("there is room", async () => (await plugin.handle(kept)).phase === "QUEUED");
  await plugin.finalize(kept);
});

test("a namespace that is being deleted holds an attempt back until it is there anew", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster);
  // Nothing here empties it, so it stays on its way out.
  await server.call("DELETE", `/api/v1/namespaces/${namespace}`);
  const context = contextOf(container);
  const held = await plugin.handle(context);
  expect(held).toMatchObject({
    phase: "WAITING_FOR_RESOURCES",
    reason: `pods "exec-n0-0" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
  });
  await server.call("PUT", `/api/v1/namespaces/${namespace}/finalize`, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
    spec: { finalizers: [] },
  });
  await server.namespace(namespace);
  expect((await plugin.handle(after(context, held))).phase).toBe("QUEUED");
  await plugin.finalize(context);
});

test("a pod template of the cluster lies below; one that is asked for must exist", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster, { defaultPodTemplateName: "base" });
  await server.call("POST", `/api/v1/namespaces/${namespace}/podtemplates`, {
    apiVersion: "v1",
    kind: "PodTemplate",
    metadata: { name: "base" },
    template: {
      metadata: { labels: { team: "x" } },
      spec: { containers: [{ name: "default", image: "unused", stdin: true }], tolerations: [{ key: "spot", operator: "Exists" }] },
    },
  });
  await plugin.handle(contextOf(container));
  const pod = await podAt();
  expect(pod.metadata.labels).toMatchObject({ team: "x", "execution-id": "exec" });
  expect(pod.spec.containers).toHaveLength(1);
  expect(pod.spec.containers[0]).toMatchObject({ name: "exec-n0-0", image: "image:1", stdin: true });
  expect(pod.spec.tolerations).toContainEqual({ key: "spot", operator: "Exists" });
  const named = contextOf({ ...container, metadata: { podTemplateName: "absent" } }, { generatedName: "other" });
  expect(await plugin.handle(named)).toMatchObject({
    phase: "PERMANENT_FAILURE",
    error: { code: "BadTaskSpecification", message: "PodTemplate 'absent' does not exist" },
  });
});

test("a sidecar task ends with its main container, whatever the helper does", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster);
  const spec = {
    containers: [
      { name: "main", image: "a" },
      { name: "helper", image: "b" },
    ],
  };
  const custom = structFromJson({ podSpec: spec, primaryContainerName: "main" }, "custom", 50);
  const context = contextOf({ type: "sidecar", custom });
  const kept = after(context, await plugin.handle(context));
  const status = (name: string, state: object) => ({ name, state, image: "i", imageID: "", ready: false, restartCount: 0 });
  await patchStatus(server, namespace, "exec-n0-0", {
    phase: "Running",
    containerStatuses: [status("main", { terminated: { exitCode: 0 } }), status("helper", { running: {} })],
  });
  await until("the end is seen", async () => (await plugin.handle(kept)).phase === "SUCCESS");
});

test("the API server takes a raw container's pod with its copilot; it ends when its outputs are sent", async () => {
  await using cluster = await openCluster(server);
  const plugin = pluginOn(cluster);
  const { INTEGER } = flyteidl.core.SimpleType;
  const context = contextOf({
    type: "raw-container",
    container: { image: "image:1", command: ["run"], dataConfig: { enabled: true, inputPath: "/var/inputs", outputPath: "/var/outputs" } },
    interface: {
      inputs: { variables: { x: { type: { simple: INTEGER } } } },
      outputs: { variables: { y: { type: { simple: INTEGER } } } },
    },
  });
  const kept = after(context, await plugin.handle(context));
  const { spec } = await podAt();
  expect(spec.initContainers?.map((one) => [one.name, one.image, one["restartPolicy"]])).toEqual([
    ["flyte-copilot-uploader", "engine:own", "Always"],
    ["flyte-copilot-downloader", "engine:own", undefined],
  ]);
  expect(spec["terminationGracePeriodSeconds"]).toBe(3600);
  const status = (name: string, state: object) => ({ name, state, image: "i", imageID: "", ready: false, restartCount: 0 });
  const done = { terminated: { exitCode: 0 } };
  const during = (upload: object, phase: string) => ({
    phase,
    initContainerStatuses: [status("flyte-copilot-uploader", upload), status("flyte-copilot-downloader", done)],
    containerStatuses: [status("exec-n0-0", done)],
  });
  await patchStatus(server, namespace, "exec-n0-0", during({ running: {} }, "Running"));
  await until("the program's end is seen", async () => (await plugin.handle(kept)).phase === "RUNNING");
  await patchStatus(server, namespace, "exec-n0-0", during(done, "Succeeded"));
  await until("the end of the upload is seen", async () => (await plugin.handle(kept)).phase === "SUCCESS");
  // Nobody waits an hour for the outputs of an attempt that was given up.
  await plugin.abort(kept, "enough");
  await until("it goes", async () => {
    const { body } = await server.call("GET", path());
    const { kind, metadata } = body as Pod;
    return kind !== "Pod" || metadata["deletionGracePeriodSeconds"] !== undefined;
  });
});
