import { describe, expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { ResourceRequirements } from "../../ports/kubernetes-objects.ts";
import { defaultPodConfig, type PodConfig } from "./pod-config.ts";
import { adjust, resolveResources, resourcesOfTask } from "./resources.ts";

// Values as Flyte's own tests have them.
test.for([
  // request, limit, then both as they come out: platform default 10, platform limit 20
  ["1", "2", "1", "2"],
  ["0", "2", "2", "2"],
  ["2", "0", "2", "2"],
  ["0", "0", "10", "10"],
  ["10", "2", "2", "2"],
  ["1", "40", "1", "20"],
  ["40", "50", "20", "20"],
] as const)("request %s, limit %s: %s, %s", ([request, limit, wantedRequest, wantedLimit]) => {
  expect(adjust({ request, limit }, "10", "20")).toEqual({ request: wantedRequest, limit: wantedLimit });
});

const platform = (requests: Record<string, string>, limits: Record<string, string>): PodConfig => ({
  ...defaultPodConfig,
  platformResources: { requests, limits },
});

describe("a helper's container is only held within the platform's limits", () => {
  test.for([
    ["4", "3", "3", "3"],
    ["6", "5", "5", "5"],
    ["4", "6", "4", "5"],
    ["4", "5", "4", "5"],
  ] as const)("request %s, limit %s: %s, %s", ([request, limit, wantedRequest, wantedLimit]) => {
    const own = { requests: { cpu: request }, limits: { cpu: limit } };
    expect(resolveResources(own, {}, "RANGE", platform({}, { cpu: "5" }))).toEqual({
      requests: { cpu: wantedRequest },
      limits: { cpu: wantedLimit },
    });
  });

  test("and is given nothing it does not ask for", () => {
    expect(resolveResources({}, {}, "RANGE", platform({ cpu: "1" }, { cpu: "5" }))).toEqual({ requests: {}, limits: {} });
    const overrides = { requests: { cpu: "4" } };
    expect(resolveResources({ requests: { cpu: "1" } }, { overrides }, "RANGE", defaultPodConfig)).toEqual({
      requests: { cpu: "1" },
      limits: {},
    });
  });
});

describe("the main container", () => {
  const cases: readonly {
    readonly name: string;
    readonly own?: ResourceRequirements;
    readonly overrides?: ResourceRequirements;
    readonly template?: ResourceRequirements;
    readonly config?: PodConfig;
    readonly requests: object;
    readonly limits: object;
  }[] = [
    {
      name: "has the plugin's defaults where nobody says anything",
      requests: { cpu: "1000m", memory: "1024Mi" },
      limits: { cpu: "1000m", memory: "1024Mi" },
    },
    {
      name: "keeps its own, and takes memory from the node's override",
      own: { requests: { cpu: "1" }, limits: { cpu: "10" } },
      overrides: { requests: { memory: "2" } },
      config: platform({ memory: "2" }, { memory: "20" }),
      requests: { cpu: "1", memory: "2" },
      limits: { cpu: "10", memory: "2" },
    },
    {
      name: "is held within the platform's limits",
      own: { requests: { cpu: "1" }, limits: { cpu: "10" } },
      overrides: { requests: { memory: "2" }, limits: { memory: "200" } },
      config: platform({ memory: "2" }, { memory: "20" }),
      requests: { cpu: "1", memory: "2" },
      limits: { cpu: "10", memory: "20" },
    },
    {
      name: "is cut down in request and limit",
      own: { requests: { cpu: "100" }, limits: { cpu: "100" } },
      config: platform({ cpu: "1", memory: "2" }, { cpu: "10", memory: "20" }),
      requests: { cpu: "10", memory: "2" },
      limits: { cpu: "10", memory: "2" },
    },
    {
      name: "may say gpu, and the node's override wins under the resource's own name",
      own: { requests: { gpu: "2" }, limits: { gpu: "2" } },
      overrides: { requests: { "nvidia.com/gpu": "4" }, limits: { "nvidia.com/gpu": "4" } },
      requests: { cpu: "1000m", memory: "1024Mi", "nvidia.com/gpu": "4" },
      limits: { cpu: "1000m", memory: "1024Mi", "nvidia.com/gpu": "4" },
    },
    {
      name: "takes from the pod template what neither it nor the override has",
      own: { requests: { cpu: "500m" } },
      overrides: { limits: { memory: "2Gi" } },
      template: { requests: { cpu: "4", memory: "1Gi", "ephemeral-storage": "5Gi" }, limits: { cpu: "4" } },
      requests: { cpu: "500m", memory: "1Gi", "ephemeral-storage": "5Gi" },
      limits: { cpu: "4", memory: "2Gi", "ephemeral-storage": "5Gi" },
    },
    {
      name: "has ephemeral storage only where it is mentioned, capped",
      own: { limits: { "ephemeral-storage": "200" } },
      config: platform({ "ephemeral-storage": "3" }, { "ephemeral-storage": "100" }),
      requests: { cpu: "1000m", memory: "1024Mi", "ephemeral-storage": "100" },
      limits: { cpu: "1000m", memory: "1024Mi", "ephemeral-storage": "100" },
    },
    {
      name: "compares quantities, not texts",
      own: { requests: { memory: "1Gi" }, limits: { memory: "900Mi" } },
      config: platform({}, { cpu: "900m" }),
      requests: { cpu: "900m", memory: "900Mi" },
      limits: { cpu: "900m", memory: "900Mi" },
    },
  ];
  test.for(cases)("$name", ({ own, overrides, template, config, requests, limits }) => {
    const sources = { ...(overrides && { overrides }), ...(template && { template }) };
    expect(resolveResources(own ?? {}, sources, "MERGE", config ?? defaultPodConfig)).toEqual({ requests, limits });
  });
});

test("a task's resources have Kubernetes' names; zero is none, and what is no quantity is refused", () => {
  const names = flyteidl.core.Resources.ResourceName;
  const resources = {
    requests: [
      { name: names.CPU, value: "250m" },
      { name: names.GPU, value: "1" },
      { name: names.MEMORY, value: "0" },
    ],
    limits: [{ name: names.EPHEMERAL_STORAGE, value: "1G" }],
  };
  expect(resourcesOfTask(resources, defaultPodConfig)).toEqual({
    requests: { cpu: "250m", "nvidia.com/gpu": "1" },
    limits: { "ephemeral-storage": "1G" },
  });
  expect(() => resourcesOfTask({ requests: [{ name: names.CPU, value: "much" }] }, defaultPodConfig)).toThrow(
    "[much] is no quantity of cpu",
  );
});
