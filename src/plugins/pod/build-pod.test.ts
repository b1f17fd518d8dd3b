import { describe, expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { JsonValue } from "../../idl/json/json-value.ts";
import { structFromJson } from "../../idl/json/well-known-from-json.ts";
import type { TaskTemplate } from "../../idl/types.ts";
import type { Pod, PodTemplate } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { buildPod } from "./build-pod.ts";
import { defaultPodConfig, type PodConfig } from "./pod-config.ts";
import { rawPodOf } from "./raw-pod.ts";

const names = flyteidl.core.Resources.ResourceName;
const struct = (json: JsonValue): object => structFromJson(json, "spec", 50);

const container: TaskTemplate = {
  type: "python-task",
  container: {
    image: "image:1",
    command: ["run", "{{.input}}"],
    args: ["--out", "{{.outputPrefix}}"],
    env: [{ key: "OWN", value: "1" }],
    resources: { requests: [{ name: names.CPU, value: "500m" }] },
  },
};

function podTask(spec: JsonValue, more: TaskTemplate = {}, metadata?: object): TaskTemplate {
  return {
    type: "python-task",
    k8sPod: { podSpec: struct(spec), ...(metadata && { metadata }) },
    config: { primary_container_name: "main" },
    ...more,
  };
}

const twoContainers: JsonValue = {
  containers: [
    { name: "main", image: "a", command: ["{{.input}}"], ports: [{ containerPort: 8080 }] },
    { name: "helper", image: "b", resources: { limits: { cpu: "1" } } },
  ],
  initContainers: [{ name: "prepare", image: "c" }],
  tolerations: [{ key: "own", operator: "Exists" }],
  volumes: [{ name: "data", emptyDir: {} }],
};

function contextOf(template: TaskTemplate, more: Partial<TaskContext> = {}): TaskContext {
  return {
    id: {
      task: { project: "tp", domain: "td", name: "app.Tasks.fn", version: "v1" },
      node: { execution: { project: "p", domain: "d", name: "exec" }, nodeId: "n0" },
      retryAttempt: 1,
    },
    generatedName: "exec-n0-1",
    template,
    overrides: {},
    workflow: { project: "p", domain: "d", name: "app.Wf", version: "v1" },
    launchPlan: undefined,
    inputUri: "s3://b/in/inputs.pb",
    outputPrefix: "s3://b/out",
    rawOutputPrefix: "s3://b/raw",
    checkpointPrefix: "s3://b/cp",
    previousCheckpointPrefix: "",
    env: { EXECUTION: "2" },
    interruptible: false,
    state: undefined,
    phaseVersion: 0,
    inputs: async () => ({}),
    ...more,
  };
}

function build(template: TaskTemplate, more: Partial<TaskContext> = {}, config: Partial<PodConfig> = {}, base?: PodTemplate): Pod {
  const context = contextOf(template, more);
  const all = { ...defaultPodConfig, ...config };
  const render = (text: string): string => text.replace("{{.input}}", "IN").replace("{{.outputPrefix}}", "OUT");
  return buildPod(rawPodOf(context, all), context, { render, template: base, config: all });
}

const containerNamed = (pod: Pod, name: string) => pod.spec.containers.find((one) => one.name === name);

test("a container task is a pod of one container, named as the attempt", () => {
  const pod = build(container, {}, { defaultEnvVars: { DEFAULT: "3" } });
  expect(pod).toEqual({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "exec-n0-1",
      namespace: "p-d",
      labels: {
        "execution-id": "exec",
        project: "p",
        domain: "d",
        "workflow-name": "app-wf",
        "node-id": "n0",
        "task-name": "app-tasks-fn",
        interruptible: "false",
      },
      annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false", primary_container_name: "exec-n0-1" },
    },
    spec: {
      containers: [
        {
          name: "exec-n0-1",
          image: "image:1",
          command: ["run", "IN"],
          args: ["--out", "OUT"],
          env: [
            { name: "OWN", value: "1" },
            { name: "FLYTE_INTERNAL_EXECUTION_WORKFLOW", value: "p:d:app.Wf" },
            { name: "FLYTE_INTERNAL_EXECUTION_ID", value: "exec" },
            { name: "FLYTE_INTERNAL_EXECUTION_PROJECT", value: "p" },
            { name: "FLYTE_INTERNAL_EXECUTION_DOMAIN", value: "d" },
            { name: "FLYTE_ATTEMPT_NUMBER", value: "1" },
            { name: "FLYTE_INTERNAL_TASK_PROJECT", value: "tp" },
            { name: "FLYTE_INTERNAL_TASK_DOMAIN", value: "td" },
            { name: "FLYTE_INTERNAL_TASK_NAME", value: "app.Tasks.fn" },
            { name: "FLYTE_INTERNAL_TASK_VERSION", value: "v1" },
            { name: "FLYTE_INTERNAL_PROJECT", value: "tp" },
            { name: "FLYTE_INTERNAL_DOMAIN", value: "td" },
            { name: "FLYTE_INTERNAL_NAME", value: "app.Tasks.fn" },
            { name: "FLYTE_INTERNAL_VERSION", value: "v1" },
            { name: "EXECUTION", value: "2" },
            { name: "DEFAULT", value: "3" },
          ],
          resources: { requests: { cpu: "500m", memory: "1024Mi" }, limits: { cpu: "500m", memory: "1024Mi" } },
          terminationMessagePolicy: "FallbackToLogsOnError",
        },
      ],
      restartPolicy: "Never",
    },
  });
});

test("a task with a link of its own knows where the console shows it", () => {
  const consoleUrl = "https://console/";
  const url = { name: "FLYTE_EXECUTION_URL", value: "https://console/projects/p/domains/d/executions/exec/nodeId/n0/nodes" };
  expect(build({ ...container, config: { link_type: "vscode" } }, {}, { consoleUrl }).spec.containers[0]?.env).toContainEqual(url);
  for (const pod of [build(container, {}, { consoleUrl }), build({ ...container, config: { link_type: "vscode" } })])
    expect(pod.spec.containers[0]?.env?.map(({ name }) => name)).not.toContain("FLYTE_EXECUTION_URL");
});

describe("pods of their own", () => {
  test("keep what Flyte does not know; each container is customised, helpers get no resources", () => {
    const pod = build(podTask(twoContainers, {}, { labels: { a: "1" }, annotations: { b: "2" } }));
    expect(containerNamed(pod, "main")).toMatchObject({ command: ["IN"], ports: [{ containerPort: 8080 }] });
    expect(containerNamed(pod, "main")?.resources).toEqual({
      requests: { cpu: "1000m", memory: "1024Mi" },
      limits: { cpu: "1000m", memory: "1024Mi" },
    });
    expect(containerNamed(pod, "helper")?.resources).toEqual({ requests: {}, limits: { cpu: "1" } });
    expect(containerNamed(pod, "helper")?.env).toContainEqual({ name: "FLYTE_INTERNAL_EXECUTION_ID", value: "exec" });
    expect(pod.spec.initContainers?.[0]?.resources?.requests).toEqual({ cpu: "1000m", memory: "1024Mi" });
    expect(pod.spec.volumes).toEqual([{ name: "data", emptyDir: {} }]);
    expect(pod.metadata.labels).toMatchObject({ a: "1" });
    expect(pod.metadata.annotations).toMatchObject({ b: "2" });
    // All its containers must succeed: it is no sidecar task.
    expect(pod.metadata.annotations).not.toHaveProperty("primary_container_name");
  });

  test.for([
    [
      "no pod spec",
      { type: "python-task", k8sPod: {}, config: { primary_container_name: "main" } },
      "Pod tasks with task type version > 1 should specify their target as a K8sPod with a defined pod spec",
    ],
    [
      "no main container named",
      podTask(twoContainers, { config: {} }),
      "invalid TaskSpecification, config missing [primary_container_name] key",
    ],
    [
      "another main container",
      podTask(twoContainers, { config: { primary_container_name: "x" } }),
      "invalid TaskSpecification, primary container [x] not defined",
    ],
    ["no container at all", podTask({ volumes: [] }), "the task's pod has no list of objects as containers"],
    ["nothing to run", { type: "python-task" }, "invalid TaskSpecification, unable to determine Pod configuration"],
  ] as const)("with %s are refused", ([, template, message]) => {
    expect(() => build(template)).toThrow(message);
  });
});

describe("sidecar tasks", () => {
  const job: JsonValue = { podSpec: twoContainers, primaryContainerName: "main", annotations: { a1: "a1" }, labels: { b1: "b1" } };

  test("of version 0 have a job as their custom part", () => {
    const pod = build({ type: "sidecar", custom: struct(job) });
    expect(pod.spec.containers.map(({ name }) => name)).toEqual(["main", "helper"]);
    expect(pod.metadata.annotations).toMatchObject({ a1: "a1", primary_container_name: "main" });
    expect(pod.metadata.labels).toMatchObject({ b1: "b1" });
  });

  test("of version 1 have a pod spec there, and name the main container in their config", () => {
    const template: TaskTemplate = {
      type: "sidecar",
      taskTypeVersion: 1,
      custom: struct(twoContainers),
      config: { primary_container_name: "main" },
    };
    const pod = build({ ...template, k8sPod: { metadata: { labels: { l: "1" }, annotations: { a: "2" } } } });
    expect(pod.metadata.annotations).toMatchObject({ a: "2", primary_container_name: "main" });
    expect(pod.metadata.labels).toMatchObject({ l: "1" });
    expect(() => build({ ...template, config: {} })).toThrow("config missing [primary_container_name] key");
  });

  test("of version 2 are pods of their own, whose end is the main container's", () => {
    const pod = build(podTask(twoContainers, { type: "sidecar", taskTypeVersion: 2 }));
    expect(pod.metadata.annotations).toMatchObject({ primary_container_name: "main" });
  });

  test.for([
    ["no pod", { primaryContainerName: "main" }, "nil PodSpec"],
    ["no main container", { podSpec: twoContainers }, "primary container [] not defined"],
  ] as const)("with %s are refused", ([, custom, message]) => {
    expect(() => build({ type: "sidecar", custom: struct(custom) })).toThrow(message);
  });
});

test("a node's pod template replaces the pod, and adds its labels", () => {
  const podTemplate = {
    podSpec: struct({ containers: [{ name: "foo", image: "other" }] }),
    metadata: { labels: { x: "1" } },
    primaryContainerName: "foo",
  };
  const pod = build(container, { overrides: { podTemplate } });
  expect(pod.spec.containers.map(({ name, image }) => [name, image])).toEqual([["foo", "other"]]);
  expect(pod.metadata.labels).toMatchObject({ x: "1" });
  expect(pod.metadata.annotations).toMatchObject({ primary_container_name: "foo" });
});

test("a node's image and resources are the main container's", () => {
  const overrides = { image: "other:2", resources: { limits: [{ name: names.MEMORY, value: "3Gi" }] } };
  const pod = build(podTask(twoContainers), { overrides });
  expect(containerNamed(pod, "main")).toMatchObject({
    image: "other:2",
    resources: { requests: { memory: "3Gi" }, limits: { memory: "3Gi" } },
  });
  expect(containerNamed(pod, "helper")).toMatchObject({ image: "b", resources: { limits: { cpu: "1" } } });
});

test("what the execution's platform gives by default, and at most, comes before the settings", () => {
  const none = { cpu: "", memory: "", gpu: "", ephemeralStorage: "" };
  const of = (defaults: Partial<typeof none>, limits: Partial<typeof none>) => {
    const platformResources = { defaults: { ...none, ...defaults }, limits: { ...none, ...limits } };
    const pod = build(podTask(twoContainers), { platformResources });
    return ["main", "helper"].map((name) => containerNamed(pod, name)?.resources);
  };
  expect(of({}, {})).toEqual([
    { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: "1000m", memory: "1024Mi" } },
    { requests: {}, limits: { cpu: "1" } },
  ]);
  expect(of({ cpu: "3" }, { cpu: "500m", memory: "2Gi" })).toEqual([
    { requests: { cpu: "500m", memory: "1024Mi" }, limits: { cpu: "500m", memory: "1024Mi" } },
    { requests: {}, limits: { cpu: "500m" } },
  ]);
});

describe("where it may run", () => {
  const spot = { key: "spot", operator: "Exists" };
  const config: Partial<PodConfig> = {
    defaultTolerations: [{ key: "flyte" }],
    interruptibleTolerations: [spot],
    resourceTolerations: { "nvidia.com/gpu": [{ key: "gpu" }] },
    defaultNodeSelector: { pool: "default", kept: "1" },
    interruptibleNodeSelector: { pool: "spot" },
    schedulerName: "own",
  };

  test("the deployment's tolerations come before the pod's own", () => {
    expect(build(podTask(twoContainers), {}, config).spec.tolerations).toEqual([{ key: "flyte" }, { key: "own", operator: "Exists" }]);
    const interruptible = build(podTask(twoContainers), { interruptible: true }, config);
    expect(interruptible.spec.tolerations).toEqual([spot, { key: "flyte" }, { key: "own", operator: "Exists" }]);
    expect(interruptible.metadata.labels).toMatchObject({ interruptible: "true" });
  });

  test("a resource brings its tolerations", () => {
    const gpu: TaskTemplate = { container: { image: "i", resources: { limits: [{ name: names.GPU, value: "1" }] } } };
    expect(build(gpu, {}, config).spec.tolerations).toEqual([{ key: "gpu" }, { key: "flyte" }]);
    const extended = build(gpu, {}, { addTolerationsForExtendedResources: ["nvidia.com/gpu", "rdma/ib"] });
    expect(extended.spec.tolerations).toEqual([{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
  });

  test("the pod's selector wins over the deployment's, an interruptible one's over both", () => {
    const own = podTask({ containers: [{ name: "main" }], nodeSelector: { pool: "mine" } });
    expect(build(own, {}, config).spec.nodeSelector).toEqual({ pool: "mine", kept: "1" });
    expect(build(own, { interruptible: true }, config).spec.nodeSelector).toEqual({ pool: "spot", kept: "1" });
    expect(build(own, {}, config).spec.schedulerName).toBe("own");
  });

  test("requirements of nodes join every alternative", () => {
    const required = (...terms: { readonly matchExpressions: { readonly key: string; readonly operator: string }[] }[]) => ({
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
    });
    const yes = { key: "spot", operator: "In", values: ["true"] };
    const no = { key: "spot", operator: "DoesNotExist" };
    const both = { interruptibleNodeSelectorRequirement: yes, nonInterruptibleNodeSelectorRequirement: no };
    expect(build(container, {}, both).spec.affinity).toEqual(required({ matchExpressions: [no] }));
    expect(build(container, { interruptible: true }, both).spec.affinity).toEqual(required({ matchExpressions: [yes] }));
    const a = { key: "a", operator: "Exists" };
    const b = { key: "b", operator: "Exists" };
    const own = podTask({ containers: [{ name: "main" }], affinity: required({ matchExpressions: [a] }, { matchExpressions: [b] }) });
    expect(build(own, {}, both).spec.affinity).toEqual(required({ matchExpressions: [a, no] }, { matchExpressions: [b, no] }));
    expect(build(container, {}, { defaultAffinity: required({ matchExpressions: [a] }) }).spec.affinity).toEqual(
      required({ matchExpressions: [a] }),
    );
    expect(build(container).spec.affinity).toBeUndefined();
  });

  describe("for an accelerator", () => {
    const withGpu = (accelerator: object): TaskTemplate => ({
      container: { image: "i", resources: { limits: [{ name: names.GPU, value: "1" }] } },
      extendedResources: { gpuAccelerator: accelerator },
    });
    const expressions = (pod: Pod) =>
      pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.[0]?.matchExpressions;
    const device = { key: "k8s.amazonaws.com/accelerator", operator: "In", values: ["nvidia-tesla-a100"] };
    const bears = { key: "k8s.amazonaws.com/accelerator", operator: "Equal", value: "nvidia-tesla-a100", effect: "NoSchedule" };

    test("its device is asked for, and borne", () => {
      const pod = build(withGpu({ device: "nvidia-tesla-a100" }));
      expect(expressions(pod)).toEqual([device]);
      expect(pod.spec.tolerations).toEqual([bears]);
    });

    test("its partition too", () => {
      const pod = build(withGpu({ device: "nvidia-tesla-a100", partitionSize: "1g.5gb" }));
      expect(expressions(pod)).toEqual([device, { key: "k8s.amazonaws.com/gpu-partition-size", operator: "In", values: ["1g.5gb"] }]);
      expect(pod.spec.tolerations).toEqual([
        bears,
        { key: "k8s.amazonaws.com/gpu-partition-size", operator: "Equal", value: "1g.5gb", effect: "NoSchedule" },
      ]);
    });

    test("or that there is none", () => {
      const whole = withGpu({ device: "nvidia-tesla-a100", unpartitioned: true });
      expect(expressions(build(whole))).toEqual([device, { key: "k8s.amazonaws.com/gpu-partition-size", operator: "DoesNotExist" }]);
      const own = {
        gpuUnpartitionedNodeSelectorRequirement: { key: "x", operator: "In", values: ["all"] },
        gpuUnpartitionedToleration: { key: "x", operator: "Exists" },
      };
      expect(expressions(build(whole, {}, own))).toEqual([device, own.gpuUnpartitionedNodeSelectorRequirement]);
      expect(build(whole, {}, own).spec.tolerations).toEqual([bears, own.gpuUnpartitionedToleration]);
    });

    test("the node's wish wins, and without a GPU there is none", () => {
      const overrides = { extendedResources: { gpuAccelerator: { device: "nvidia-tesla-a100" } } };
      expect(expressions(build(withGpu({ device: "nvidia-tesla-t4" }), { overrides }))).toEqual([device]);
      expect(build({ ...container, extendedResources: { gpuAccelerator: { device: "t4" } } }).spec.affinity).toBeUndefined();
    });
  });
});

describe("shared memory", () => {
  const shared = (memory: object, spec: JsonValue = { containers: [{ name: "main" }] }): Pod =>
    build(podTask(spec, { extendedResources: { sharedMemory: memory } }));

  test("is a volume of the main container", () => {
    const pod = shared({ mountName: "shm", mountPath: "/dev/shm", sizeLimit: "2Gi" });
    expect(pod.spec.volumes).toEqual([{ name: "shm", emptyDir: { medium: "Memory", sizeLimit: "2Gi" } }]);
    expect(pod.spec.containers[0]?.volumeMounts).toEqual([{ name: "shm", mountPath: "/dev/shm" }]);
    expect(shared({ mountName: "shm", mountPath: "/dev/shm" }).spec.volumes).toEqual([{ name: "shm", emptyDir: { medium: "Memory" } }]);
  });

  test.for([
    [{ mountPath: "/dev/shm" }, undefined, "mount name is not set"],
    [{ mountName: "shm" }, undefined, "mount path is not set"],
    [{ mountName: "shm", mountPath: "/dev/shm", sizeLimit: "lots" }, undefined, "Unable to parse size limit: lots"],
    [
      { mountName: "shm", mountPath: "/dev/shm" },
      { containers: [{ name: "main" }], volumes: [{ name: "shm" }] },
      "A volume is already named shm in pod spec",
    ],
    [
      { mountName: "shm", mountPath: "/dev/shm" },
      { containers: [{ name: "main", volumeMounts: [{ name: "shm", mountPath: "/x" }] }] },
      "A volume is already named shm in container",
    ],
    [
      { mountName: "shm", mountPath: "/dev/shm" },
      { containers: [{ name: "main", volumeMounts: [{ name: "x", mountPath: "/dev/shm" }] }] },
      "/dev/shm is already mounted in container",
    ],
  ] as const)("%j is refused", ([memory, spec, message]) => {
    expect(() => shared(memory, spec as JsonValue | undefined)).toThrow(message);
  });
});

test("what the deployment gives a pod that does not say otherwise", () => {
  const config: Partial<PodConfig> = {
    defaultPodSecurityContext: { runAsUser: 1000 },
    defaultSecurityContext: { allowPrivilegeEscalation: false },
    defaultPodDnsConfig: { nameservers: ["8.8.8.8"] },
    enableHostNetworkingPod: false,
    imagePullPolicy: "IfNotPresent",
    defaultEnvFromSecrets: ["s"],
    defaultEnvFromConfigMaps: ["c"],
    injectFinalizer: true,
    defaultLabels: { team: "x", project: "no" },
    namespaceMapping: "flyte-{{ domain }}-{{project}}",
  };
  const pod = build(
    container,
    { serviceAccount: "runner", labels: { own: "1", "execution-id": "no" }, annotations: { note: "2" } },
    config,
  );
  expect(pod.spec).toMatchObject({
    securityContext: { runAsUser: 1000 },
    dnsConfig: { nameservers: ["8.8.8.8"] },
    hostNetwork: false,
    serviceAccountName: "runner",
  });
  expect(pod.spec.containers[0]).toMatchObject({
    securityContext: { allowPrivilegeEscalation: false },
    imagePullPolicy: "IfNotPresent",
    envFrom: [{ secretRef: { name: "s", optional: true } }, { configMapRef: { name: "c", optional: true } }],
  });
  expect(pod.metadata).toMatchObject({
    namespace: "flyte-d-p",
    finalizers: ["flyte.org/finalizer-k8s"],
    labels: { team: "x", own: "1", project: "p", "execution-id": "exec" },
    annotations: { note: "2" },
  });
  const own = podTask({
    containers: [{ name: "main", securityContext: { privileged: true } }],
    securityContext: { runAsUser: 1 },
    serviceAccountName: "mine",
  });
  expect(build(own, { serviceAccount: "runner" }, config).spec).toMatchObject({
    securityContext: { runAsUser: 1 },
    serviceAccountName: "mine",
    containers: [{ securityContext: { privileged: true } }],
  });
});

test("a base template lies below it all", () => {
  const base: PodTemplate = {
    metadata: { name: "t" },
    template: {
      metadata: { labels: { from: "template", own: "template" }, annotations: { note: "template" } },
      spec: {
        containers: [{ name: "default", image: "x", resources: { limits: { memory: "4Gi" } }, terminationMessagePath: "/dev/log" }],
        tolerations: [{ key: "template" }],
        hostNetwork: true,
      },
    },
  };
  const pod = build(podTask(twoContainers, {}, { labels: { own: "task" } }), {}, { enableHostNetworkingPod: false }, base);
  expect(pod.metadata.labels).toMatchObject({ from: "template", own: "task" });
  expect(pod.metadata.annotations).toMatchObject({ note: "template" });
  expect(pod.spec.containers.map(({ name, image }) => [name, image])).toEqual([
    ["main", "a"],
    ["helper", "b"],
  ]);
  expect(containerNamed(pod, "main")).toMatchObject({ terminationMessagePath: "/dev/log", resources: { requests: { memory: "4Gi" } } });
  expect(pod.spec.tolerations).toEqual([{ key: "template" }, { key: "own", operator: "Exists" }]);
  // What is false says nothing.
  expect(pod.spec.hostNetwork).toBe(true);
});
