import { describe, expect, test } from "vitest";
import { flyteidl } from "../../../idl/flyteidl.ts";
import { hasStatus } from "../../../idl/status.ts";
import { parseQuantity } from "../../../std/quantity.ts";
import { resourcesToRun, validateTaskResources } from "./task-resources.ts";

const { CPU, MEMORY, GPU } = flyteidl.core.Resources.ResourceName;
const none = { cpu: "", memory: "", gpu: "", ephemeralStorage: "" };

describe("what a container runs with", () => {
  // Request and limit of the task (0: not given), and what comes of them; the platform's default is 10, its limit 20.
  test.for([
    ["1", "2", "1", "2"],
    ["0", "2", "2", "2"],
    ["2", "0", "2", "2"],
    ["0", "0", "10", "10"],
    ["10", "2", "2", "2"],
    ["1", "40", "1", "20"],
    ["40", "50", "20", "20"],
  ])("(%s, %s) becomes (%s, %s)", ([request = "", limit = "", runs, most]) => {
    const given = { requests: [{ name: CPU, value: request }], limits: [{ name: CPU, value: limit }] };
    const platform = { defaults: { ...none, cpu: "10" }, limits: { ...none, cpu: "20" } };
    expect(resourcesToRun(given, platform)).toEqual({ requests: [{ name: CPU, value: runs }], limits: [{ name: CPU, value: most }] });
  });

  test.for([
    ["4", "3", "3", "3"],
    ["6", "5", "5", "5"],
    ["4", "6", "4", "5"],
  ])("without defaults and at most 5, (%s, %s) becomes (%s, %s)", ([request = "", limit = "", runs, most]) => {
    const given = { requests: [{ name: MEMORY, value: request }], limits: [{ name: MEMORY, value: limit }] };
    expect(resourcesToRun(given, { defaults: none, limits: { ...none, memory: "5" } })).toEqual({
      requests: [{ name: MEMORY, value: runs }],
      limits: [{ name: MEMORY, value: most }],
    });
  });

  test("an unlimited platform without defaults asks for nothing by itself", () => {
    expect(resourcesToRun(undefined, { defaults: none, limits: none })).toEqual({ requests: [], limits: [] });
    expect(resourcesToRun({ requests: [{ name: GPU, value: "1" }] }, { defaults: none, limits: none })).toEqual({
      requests: [{ name: GPU, value: "1" }],
      limits: [{ name: GPU, value: "1" }],
    });
  });
});

describe("a registration that asks for", () => {
  const verdict = (resources: flyteidl.core.Resources.$Properties): string => {
    try {
      validateTaskResources(resources, { defaults: none, limits: { cpu: "2", memory: "1Gi", gpu: "1", ephemeralStorage: "" } });
      return "fine";
    } catch (thrown) {
      if (!hasStatus(thrown, "INVALID_ARGUMENT")) throw thrown;
      return thrown.message;
    }
  };
  const platform = "Please contact Flyte Admins to change these limits or consult the configuration";

  test.for<[string, flyteidl.core.Resources.$Properties, string]>([
    ["little", { requests: [{ name: CPU, value: "500m" }], limits: [{ name: CPU, value: "2" }] }, "fine"],
    ["a lone limit", { limits: [{ name: CPU, value: "200" }] }, "fine"],
    [
      "more than its limit",
      { requests: [{ name: CPU, value: "1536Mi" }], limits: [{ name: CPU, value: "1Gi" }] },
      "Requested CPU default [1536Mi] is greater than the limit [1Gi]. Please fix your configuration",
    ],
    [
      "a limit beyond the platform's",
      { requests: [{ name: MEMORY, value: "1" }], limits: [{ name: MEMORY, value: "1536Mi" }] },
      `Requested MEMORY limit [1536Mi] is greater than current limit set in the platform configuration [1Gi]. ${platform}`,
    ],
    [
      "more than the platform has",
      { requests: [{ name: CPU, value: "2001m" }] },
      `Requested CPU default [2001m] is greater than current limit set in the platform configuration [2]. ${platform}`,
    ],
    ["half a GPU", { requests: [{ name: GPU, value: "500m" }] }, "gpu for the task must be a whole number, got: 500m instead"],
    [
      "GPUs other than their limit",
      { requests: [{ name: GPU, value: "1" }], limits: [{ name: GPU, value: "2" }] },
      "For extended resource 'gpu' the default value must equal the limit value",
    ],
    [
      "CPU twice",
      {
        requests: [
          { name: CPU, value: "1" },
          { name: CPU, value: "1" },
        ],
      },
      "duplicate request of CPU",
    ],
  ])("%s", ([, resources, expected]) => {
    expect(verdict(resources)).toBe(expected);
  });

  test("what is no quantity", () => {
    expect(verdict({ requests: [{ name: CPU, value: "lots" }] })).toMatch(
      /^Parsing of CPU request failed for value lots\. Please follow K8s conventions/,
    );
  });
});

test.for<[string, number | undefined]>([
  ["1", 1],
  ["100m", 0.1],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["2e3", 2000],
  ["1E", 1e18],
  [".5", 0.5],
  ["5G", 5e9],
  ["", undefined],
  ["1x", undefined],
  ["Gi", undefined],
  ["1 Gi", undefined],
])("the quantity %s is %s", ([text, value]) => {
  expect(parseQuantity(text)).toBe(value);
});
