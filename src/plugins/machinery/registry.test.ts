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

test("an override names the plugin for a type, as long as it runs tasks of that type", () => {
  const plugins = [plugin("container", ["python-task"], true), plugin("a", ["t", "u"]), plugin("b", ["t"])];
  const registry = createPluginRegistry(plugins, { defaultForTaskTypes: { t: "a" } });
  const chosen = (pluginIds: readonly string[], mayFallBack: boolean, taskType = "t") =>
    registry.choose(taskType, [
      { taskType: "t", pluginIds: ["container"], mayFallBack: false },
      { taskType: "t", pluginIds, mayFallBack },
      { taskType: "u", pluginIds: ["b"], mayFallBack: false },
    ])?.id;
  expect(chosen(["b"], false)).toBe("b");
  expect(chosen(["absent", "container", "b", "a"], false)).toBe("b");
  expect(chosen(["absent"], true)).toBe("a");
  expect(chosen(["absent", "container"], false)).toBeUndefined();
  expect(chosen([], false)).toBe("a");
  expect(chosen(["b"], false, "u")).toBeUndefined();
  expect(chosen(["b"], false, "python-task")).toBe("container");
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
