import { expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import { structFromJson } from "../../idl/json/well-known-from-json.ts";
import type { TaskTemplate, TypedInterface, VariableMap } from "../../idl/types.ts";
import type { Pod, PodTemplate } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { buildPod } from "./build-pod.ts";
import { defaultPodConfig, type PodConfig } from "./pod-config.ts";
import { rawPodOf } from "./raw-pod.ts";

const { SimpleType, DataLoadingConfig, Resources } = flyteidl.core;
const integers = (...names: readonly string[]): VariableMap => ({
  variables: Object.fromEntries(names.map((name) => [name, { type: { simple: SimpleType.INTEGER } }])),
});
const both: TypedInterface = { inputs: integers("x", "y"), outputs: integers("o") };

function rawTask(own: TypedInterface | undefined, dataConfig: flyteidl.core.DataLoadingConfig.$Properties): TaskTemplate {
  return { type: "raw-container", container: { image: "image:1", command: ["run"], dataConfig }, ...(own && { interface: own }) };
}

function build(template: TaskTemplate, config: Partial<PodConfig> = {}, base?: PodTemplate): Pod {
  const context: TaskContext = {
    id: {
      task: { project: "tp", domain: "td", name: "t", version: "v1" },
      node: { execution: { project: "p", domain: "d", name: "exec" }, nodeId: "n0" },
      retryAttempt: 0,
    },
    generatedName: "exec-n0-0",
    template,
    overrides: {},
    workflow: { project: "p", domain: "d", name: "wf", version: "v1" },
    launchPlan: undefined,
    inputUri: "s3://b/in/inputs.pb",
    outputPrefix: "s3://b/out",
    rawOutputPrefix: "s3://b/raw",
    checkpointPrefix: "",
    previousCheckpointPrefix: "",
    env: {},
    interruptible: false,
    state: undefined,
    phaseVersion: 0,
    inputs: async () => ({}),
  };
  const all = { ...defaultPodConfig, coPilot: { ...defaultPodConfig.coPilot, image: "engine:1" }, ...config };
  return buildPod(rawPodOf(context, all), context, { render: (text) => text, template: base, config: all });
}

/** What stands behind a flag in a container's arguments. */
function argument(args: readonly string[] | undefined, flag: string): string {
  return args?.[args.indexOf(flag) + 1] ?? "";
}

const quantities = { cpu: "500m", memory: "256Mi" };

test("inputs come by an init container, outputs go by a sidecar that begins before all else, each by a volume of its own", () => {
  const dataConfig = {
    enabled: true,
    inputPath: "/var/inputs",
    outputPath: "/var/outputs",
    format: DataLoadingConfig.LiteralMapFormat.YAML,
  };
  const { spec, metadata } = build(rawTask(both, dataConfig), { defaultEnvVars: { FLYTE_AWS_ENDPOINT: "http://minio:9000" } });
  expect(metadata.annotations).toMatchObject({ primary_container_name: "exec-n0-0" });
  expect(spec.volumes).toEqual([
    { name: "flyte-outputs", emptyDir: {} },
    { name: "flyte-inputs", emptyDir: {} },
  ]);
  expect(spec.containers).toMatchObject([
    {
      name: "exec-n0-0",
      volumeMounts: [
        { name: "flyte-outputs", mountPath: "/var/outputs" },
        { name: "flyte-inputs", mountPath: "/var/inputs" },
      ],
    },
  ]);
  expect(spec["terminationGracePeriodSeconds"]).toBe(3600);
  const common = {
    image: "engine:1",
    command: ["/usr/local/bin/flyte", "copilot"],
    workingDir: "/",
    env: [{ name: "FLYTE_AWS_ENDPOINT", value: "http://minio:9000" }],
    resources: { requests: quantities, limits: quantities },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["DAC_OVERRIDE"] },
      runAsUser: 0,
      runAsGroup: 0,
    },
    terminationMessagePolicy: "FallbackToLogsOnError",
    imagePullPolicy: "IfNotPresent",
  };
  const [uploader, downloader, ...others] = spec.initContainers ?? [];
  expect(others).toEqual([]);
  const sent = argument(uploader?.args, "--interface");
  const fetched = argument(downloader?.args, "--input-interface");
  expect(uploader).toEqual({
    ...common,
    name: "flyte-copilot-uploader",
    restartPolicy: "Always",
    lifecycle: { postStart: { exec: { command: ["/usr/local/bin/flyte", "copilot", "ready"] } } },
    volumeMounts: [{ name: "flyte-outputs", mountPath: "/var/outputs" }],
    args: [
      "sidecar",
      "--err-output-name",
      "error.pb",
      "--timeout",
      "1h0m0s",
      "--to-raw-output",
      "s3://b/raw",
      "--to-output-prefix",
      "s3://b/out",
      "--from-local-dir",
      "/var/outputs",
      "--interface",
      sent,
    ],
  });
  expect(downloader).toEqual({
    ...common,
    name: "flyte-copilot-downloader",
    volumeMounts: [{ name: "flyte-inputs", mountPath: "/var/inputs" }],
    args: [
      "download",
      "--err-output-name",
      "error.pb",
      "--timeout",
      "1h0m0s",
      "--from-remote",
      "s3://b/in/inputs.pb",
      "--to-output-prefix",
      "s3://b/out",
      "--to-local-dir",
      "/var/inputs",
      "--format",
      "YAML",
      "--input-interface",
      fetched,
    ],
  });
  const interfaceOf = flyteidl.core.TypedInterface.decode(Buffer.from(sent, "base64"));
  expect(Object.keys(interfaceOf.outputs?.variables ?? {})).toEqual(["o"]);
  const inputsOf = flyteidl.core.VariableMap.decode(Buffer.from(fetched, "base64"));
  expect(Object.entries(inputsOf.variables ?? {}).map(([name, { type }]) => [name, type?.simple])).toEqual([
    ["x", SimpleType.INTEGER],
    ["y", SimpleType.INTEGER],
  ]);
});

test.each([
  { what: "inputs alone", own: { inputs: integers("x") }, containers: ["flyte-copilot-downloader"], volumes: ["flyte-inputs"] },
  { what: "outputs alone", own: { outputs: integers("o") }, containers: ["flyte-copilot-uploader"], volumes: ["flyte-outputs"] },
  { what: "neither", own: { inputs: integers(), outputs: integers() }, containers: [], volumes: [] },
  { what: "no interface", own: undefined, containers: [], volumes: [] },
])("a task with $what has no more than it needs", ({ own, containers, volumes }) => {
  const { spec } = build(rawTask(own, { enabled: true }));
  expect((spec.initContainers ?? []).map(({ name }) => name)).toEqual(containers);
  expect((spec.volumes ?? []).map(({ name }) => name)).toEqual(volumes);
  expect((spec.containers[0]?.volumeMounts ?? []).map(({ name }) => name)).toEqual(volumes);
  expect("terminationGracePeriodSeconds" in spec).toBe(volumes.some((name) => name === "flyte-outputs"));
});

test("paths, names, image and means are the deployment's where the task says nothing", () => {
  const coPilot = {
    ...defaultPodConfig.coPilot,
    name: "test-",
    image: "test",
    command: ["/bin/pilot"],
    defaultInputPath: "/in",
    defaultOutputPath: "/out",
    inputVolName: "inp",
    outputVolName: "out",
    cpu: "1024m",
    memory: "1024Mi",
    timeout: 1e4,
    securityContext: { privileged: false },
  };
  const { spec } = build(rawTask(both, { enabled: true }), { coPilot });
  expect(spec.initContainers).toMatchObject([
    {
      name: "test-uploader",
      image: "test",
      command: ["/bin/pilot"],
      volumeMounts: [{ name: "out", mountPath: "/out" }],
      securityContext: { privileged: false },
      lifecycle: { postStart: { exec: { command: ["/bin/pilot", "ready"] } } },
      resources: { limits: { cpu: "1024m", memory: "1024Mi" } },
    },
    { name: "test-downloader", volumeMounts: [{ name: "inp", mountPath: "/in" }] },
  ]);
  expect(argument(spec.initContainers?.[0]?.args, "--timeout")).toBe("10s");
  expect(argument(spec.initContainers?.[1]?.args, "--format")).toBe("JSON");
  expect(spec["terminationGracePeriodSeconds"]).toBe(10);
  for (const wrong of [{ cpu: "x" }, { memory: "x" }]) {
    expect(() => build(rawTask(both, { enabled: true }), { coPilot: { ...coPilot, ...wrong } })).toThrow("[x] is no quantity");
  }
});

test("a task that does not enable it is an ordinary pod", () => {
  const { spec } = build(rawTask(both, { enabled: false, inputPath: "/in" }));
  expect(spec.initContainers).toBeUndefined();
  expect(spec.volumes).toBeUndefined();
});

test("what a task may store bounds both volumes", () => {
  const storage = Resources.ResourceName.STORAGE;
  const task = rawTask(both, { enabled: true });
  const resources = { requests: [{ name: storage, value: "1Gi" }], limits: [{ name: storage, value: "2Gi" }] };
  const { spec } = build({ ...task, container: { ...task.container, resources } });
  expect(spec.volumes).toEqual([
    { name: "flyte-outputs", emptyDir: { sizeLimit: "2Gi" } },
    { name: "flyte-inputs", emptyDir: { sizeLimit: "2Gi" } },
  ]);
});

test("a pod of a task's own has it too, around its init containers; where its user is said, the copilot is that user", () => {
  const podSpec = structFromJson(
    {
      containers: [
        { name: "main", image: "a" },
        { name: "helper", image: "b" },
      ],
      initContainers: [{ name: "prepare", image: "c" }],
      securityContext: { runAsUser: 2000 },
    },
    "spec",
    50,
  );
  const { spec } = build({
    type: "raw-container",
    k8sPod: { podSpec, dataConfig: { enabled: true } },
    config: { primary_container_name: "main" },
    interface: both,
  });
  expect(spec.initContainers?.map(({ name }) => name)).toEqual(["flyte-copilot-uploader", "prepare", "flyte-copilot-downloader"]);
  expect(spec.containers.map(({ name, volumeMounts }) => [name, volumeMounts?.length])).toEqual([
    ["main", 2],
    ["helper", undefined],
  ]);
  expect(spec.initContainers?.[0]?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("the container that fetches inputs is a template's main init container", () => {
  const template = { spec: { containers: [], initContainers: [{ name: "primary-init", nodeName: "of template" }] } };
  const { spec } = build(rawTask(both, { enabled: true }), {}, { metadata: {}, template });
  expect(spec.initContainers?.map((one) => [one.name, one["nodeName"]])).toEqual([
    ["flyte-copilot-uploader", undefined],
    ["flyte-copilot-downloader", "of template"],
  ]);
});
