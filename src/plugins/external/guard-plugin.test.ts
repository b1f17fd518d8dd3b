import { expect, test } from "vitest";
import type { ResourcePool } from "../../ports/resource-manager.ts";
import type { TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import { ManualClock } from "../../std/clock.ts";
import { guardPlugin } from "./guard-plugin.ts";

const pluginWith = (pool: unknown): TaskPlugin => ({
  id: "mine",
  taskTypes: [],
  requires: () => pool as ResourcePool,
  handle: async () => ({ phase: "SUCCESS", phaseVersion: 0 }),
  abort: async () => {},
  finalize: async () => {},
});
const required = (pool: unknown) => guardPlugin(pluginWith(pool), new ManualClock()).requires?.({} as TaskContext);

test("a plugin's pools are its own", () => {
  expect(required({ namespace: "connections", quota: 3, perProject: 2 })).toEqual({
    namespace: "mine:connections",
    quota: 3,
    perProject: 2,
  });
  expect(required(undefined)).toBeUndefined();
});

test.each([
  { namespace: "n", quota: 0 },
  { namespace: "n", quota: 1.5 },
  { namespace: 7, quota: 1 },
  { namespace: "n", quota: 1, perDomain: "2" },
])("there is no pool %j", (pool) => {
  expect(() => required(pool)).toThrow("task plugin mine requires a token of a pool that there cannot be");
});
