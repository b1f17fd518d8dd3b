import { expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { TaskTemplate } from "../../idl/types.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { dataPlanOf } from "./data-plan.ts";

const { DataLoadingConfig, SimpleType } = flyteidl.core;
const integer = { variables: { x: { type: { simple: SimpleType.INTEGER } } } };

function plan(
  dataConfig: flyteidl.core.DataLoadingConfig.$Properties,
  own: TaskTemplate["interface"] = { inputs: integer, outputs: integer },
) {
  const template: TaskTemplate = { container: { dataConfig }, interface: own };
  const context = { template, generatedName: "e-n0-0", inputUri: "s3://b/i", outputPrefix: "s3://b/o", rawOutputPrefix: "s3://b/r" };
  return dataPlanOf(context as TaskContext, "/data");
}

test("paths are the task's, or Flyte's", () => {
  expect(plan({ enabled: true })?.directories).toEqual([
    { host: "/data/e-n0-0/inputs", path: "/var/flyte/inputs", isOutput: false },
    { host: "/data/e-n0-0/outputs", path: "/var/flyte/outputs", isOutput: true },
  ]);
  expect(plan({ enabled: true, inputPath: "/in//x/", outputPath: "/out/." })?.directories.map(({ path }) => path)).toEqual([
    "/in/x",
    "/out",
  ]);
});

test.each([
  [undefined, "JSON"],
  [DataLoadingConfig.LiteralMapFormat.JSON, "JSON"],
  [DataLoadingConfig.LiteralMapFormat.YAML, "YAML"],
  [DataLoadingConfig.LiteralMapFormat.PROTO, "PROTO"],
])("format %s is %s", (format, told) => {
  expect(plan({ enabled: true, ...(format !== undefined && { format }) })?.inputs?.format).toBe(told);
});

test("what is not declared has no directory, and a task that does not ask for files has no plan", () => {
  expect(plan({ enabled: false })).toBeUndefined();
  expect(plan({ enabled: true }, {})?.directories).toEqual([]);
  expect(plan({ enabled: true }, { inputs: integer })?.directories.map(({ isOutput }) => isOutput)).toEqual([false]);
  expect(plan({ enabled: true }, { outputs: integer })?.directories.map(({ isOutput }) => isOutput)).toEqual([true]);
});

test.each(["in", "/", "//", "/.", "/in/..", "/../in", "/in\0"])("[%s] is refused", (path) => {
  expect(() => plan({ enabled: true, inputPath: path })).toThrow(`input_path [${path}] is no absolute path of a directory below /`);
  expect(() => plan({ enabled: true, outputPath: path })).toThrow(`output_path [${path}] is no absolute path of a directory below /`);
});

test("one path for both is refused, unless one is not needed", () => {
  const same = { enabled: true, inputPath: "/x", outputPath: "/x/" };
  expect(() => plan(same)).toThrow("data_config: [/x] cannot be both input_path and output_path");
  expect(plan(same, { inputs: integer })?.directories).toHaveLength(1);
});
