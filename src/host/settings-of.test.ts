import { expect, test } from "vitest";
import type { HostConfig } from "./host-config.ts";
import { propellerUrlOf, settingsOf } from "./settings-of.ts";

const config: HostConfig = {
  name: "n",
  dataDir: "/d",
  ports: [30_080, 30_081],
  objects: { store: "files", port: 1, accessKey: "a", secretKey: "b" },
};

test("a deployment has Flyte's limits, a sandbox none, and what is configured wins", () => {
  expect(settingsOf(config)).toMatchObject({
    maxParallelism: 25,
    arrayParallelism: "unlimited",
    maxWorkflowNodes: 100,
    executionDeadline: 0,
    publicUrl: "http://localhost:30080",
    container: "s3://my-s3-bucket",
    rawOutputPrefix: "s3://my-s3-bucket/data",
    taskResources: {
      defaults: { cpu: "2", memory: "200Mi", gpu: "", ephemeralStorage: "" },
      limits: { cpu: "2", memory: "1Gi", gpu: "1", ephemeralStorage: "" },
    },
  });
  expect(settingsOf({ ...config, profile: "sandbox" })).toMatchObject({
    maxParallelism: 0,
    maxWorkflowNodes: 0,
    executionDeadline: 86_400_000,
    taskResources: { limits: { cpu: "", memory: "", gpu: "", ephemeralStorage: "" } },
  });
  const objects = { store: "s3", bucket: "other", accessKey: "a", secretKey: "b" } as const;
  const limits = { maxParallelism: 3, arrayParallelism: "hybrid" as const, taskResources: { limits: { memory: "8Gi" } } };
  expect(settingsOf({ ...config, objects, limits, publicUrl: "https://flyte.example.com/", reevaluationInterval: 0 })).toMatchObject({
    maxParallelism: 3,
    arrayParallelism: "hybrid",
    maxWorkflowNodes: 100,
    reevaluationInterval: 0,
    publicUrl: "https://flyte.example.com",
    container: "s3://other",
    rawOutputPrefix: "s3://other/data",
    taskResources: { defaults: { cpu: "2" }, limits: { cpu: "2", memory: "8Gi" } },
  });
});

test.for<[Partial<HostConfig>, string | undefined]>([
  [{}, "http://localhost:30080"],
  [{ roles: ["admin", "propeller"] }, "http://localhost:30080"],
  [{ roles: ["propeller"] }, undefined],
  [{ roles: ["propeller", "datacatalog"] }, undefined],
  [{ roles: ["propeller"], publicUrl: "https://flyte.example.com/" }, "https://flyte.example.com"],
])("people reach what propeller serves with %j at %s", ([over, url]) => {
  expect(propellerUrlOf({ ...config, ...over })).toBe(url);
});
