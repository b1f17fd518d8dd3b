import { expect, test } from "vitest";
import { Bench } from "./bench.ts";
import type { ExecutionError } from "../../../src/idl/types.ts";

const ended = async (pluginIds: readonly string[], mayFallBack: boolean, taskType = "scripted"): Promise<Bench> => {
  const bench = await Bench.open({ nodes: { n0: {} }, pluginOverrides: [{ taskType, pluginIds, mayFallBack }] });
  await bench.propeller.start();
  await bench.finish();
  return bench;
};

test.each([
  ["names a plugin that is there", ["absent", "scripted"], false, "scripted"],
  ["allows the default plugin", ["absent"], true, "scripted"],
  ["is for another type of tasks", ["absent"], false, "spark"],
] as const)("an override that %s leaves the task to its plugin", async (_name, pluginIds, mayFallBack, taskType) => {
  await using bench = await ended(pluginIds, mayFallBack, taskType);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("an override that names no plugin there is, and allows no other, fails the node", async () => {
  await using bench = await ended(["absent"], false);
  expect(bench.admin.phases("n0").at(-1)).toBe("FAILED");
  expect((bench.admin.last("n0")?.event.event as { error?: ExecutionError } | undefined)?.error).toMatchObject({
    code: "UnsupportedTaskType",
    message: "no matching plugin overrides defined for Handler type [scripted]. Ignoring any defaultPlugins configured",
  });
  expect(bench.world.attempts.size).toBe(0);
});
