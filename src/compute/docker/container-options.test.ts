import { expect, test } from "vitest";
import type { ComputeSpec } from "../../ports/compute-backend.ts";
import { containerOptions } from "./container-options.ts";

const spec: ComputeSpec = {
  name: "a1",
  labels: { project: "p", domain: "d", execution: "e", node: "n0", attempt: "0", task: "t" },
  image: "i:1",
  command: ["a", "b", "c"],
  env: { ONE: "1", TWO: "own" },
  secrets: [],
  resources: {},
};
const settings = { owner: { sandbox: "s", dataDirectory: "/data" }, cores: 4, init: true };
const of = (more: Partial<ComputeSpec> = {}) => containerOptions({ ...spec, ...more }, { TWO: "secret", THREE: "x=y" }, settings);

test("what it runs, with what, and whose it is", () => {
  expect(of()).toEqual({
    name: "flyte-s-a1",
    Image: "i:1",
    Entrypoint: ["a", "b", "c"],
    Cmd: [],
    Env: ["TWO=own", "THREE=x=y", "ONE=1"],
    Labels: {
      "app.kubernetes.io/managed-by": "flyte",
      "flyte.dev/sandbox": "s",
      "flyte.dev/data-directory": "/data",
      "flyte.dev/attempt": "a1",
      "execution-id": "e",
      project: "p",
      domain: "d",
      "node-id": "n0",
      "task-name": "t",
    },
    HostConfig: {
      Init: true,
      NetworkMode: "bridge",
      LogConfig: { Type: "json-file", Config: { "max-size": "32m", "max-file": "2" } },
    },
  });
});

test.each([
  [undefined, ["a", "b", "c"], []],
  [3, ["a", "b", "c"], []],
  [1, ["a"], ["b", "c"]],
  [0, undefined, ["a", "b", "c"]],
] as const)("%s words take the place of the image's entry point", (entryPointWords, entrypoint, cmd) => {
  const { Entrypoint, Cmd } = of(entryPointWords === undefined ? {} : { entryPointWords });
  expect([Entrypoint, Cmd]).toEqual([entrypoint, cmd]);
});

test.each([
  [{ memory: "300Mi" }, { Memory: 314_572_800, MemorySwap: 314_572_800 }],
  [{ cpu: "500m" }, { NanoCpus: 500_000_000 }],
  [{ cpu: "64" }, { NanoCpus: 4_000_000_000 }],
  [{ cpu: "1m" }, { NanoCpus: 10_000_000 }],
  [{ gpu: "2" }, { DeviceRequests: [{ Driver: "", Count: 2, Capabilities: [["gpu"]] }] }],
] as const)("limits %o", (limits, expected) => {
  expect(of({ limits }).HostConfig).toMatchObject(expected);
});

test("requests alone limit nothing", () => {
  const { HostConfig } = of({ resources: { cpu: "1", memory: "1Gi" } });
  expect(HostConfig).not.toHaveProperty("Memory");
  expect(HostConfig).not.toHaveProperty("NanoCpus");
});
