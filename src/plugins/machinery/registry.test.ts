import { expect, test } from "vitest";
import { createPluginRegistry } from "./registry.ts";
import type { TaskPlugin } from "../../ports/task-plugin.ts";

const plugin = (id: string, taskTypes: readonly string[], isDefault = false): TaskPlugin => ({
  id,
  taskTypes,
  isDefault,
  handle: () => Promise.reject(new Error("not called")),
  abort: async () => {},
  finalize: async () => {},
});

test("by type, else the default", () => {
  const registry = createPluginRegistry([plugin("container", ["python-task"], true), plugin("spark", ["spark"])]);
  expect(["python-task", "spark", "never-heard-of"].map((type) => registry.choose(type)?.id)).toEqual(["container", "spark", "container"]);
  expect(createPluginRegistry([plugin("spark", ["spark"])]).choose("ray")).toBeUndefined();
});

test("names of enabled plugins have no case", () => {
  const registry = createPluginRegistry([plugin("container", ["c"]), plugin("spark", ["s"])], { enabled: ["SPARK"] });
  expect(registry.plugins.map(({ id }) => id)).toEqual(["spark"]);
});

test("a choice settles a conflict", () => {
  const both = [plugin("a", ["t"]), plugin("b", ["t"])];
  expect(createPluginRegistry(both, { defaultForTaskTypes: { t: "b" } }).choose("t")?.id).toBe("b");
});

test.each([
  ["a type claimed twice", [plugin("a", ["t"]), plugin("b", ["t"])], {}, "PLUGIN_CONFLICT", "task type t is claimed by a and b"],
  ["two defaults", [plugin("a", [], true), plugin("b", [], true)], {}, "PLUGIN_CONFLICT", "a and b both want to be the default"],
  ["one id twice", [plugin("a", ["t"]), plugin("a", ["u"])], {}, "PLUGIN_DUPLICATE", "two task plugins are called a"],
  ["a choice that is absent", [plugin("a", ["t"])], { defaultForTaskTypes: { t: "z" } }, "PLUGIN_MISSING", "task type t is to be run by z"],
] as const)("%s is an error at the start", (_name, plugins, choice, code, message) => {
  expect(() => createPluginRegistry(plugins, choice)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message), blame: "deployment" }),
  );
});
