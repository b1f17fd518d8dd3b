import { expect, test } from "vitest";
import { hasStatus, StatusError } from "../../idl/status.ts";
import type { TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import { invokePlugin } from "./invoke-plugin.ts";

const context = { generatedName: "e-n0-0" } as TaskContext;
const failing = (error: Error): TaskPlugin => ({
  id: "pod",
  taskTypes: [],
  handle: async () => {
    throw error;
  },
  abort: async () => undefined,
  finalize: async () => undefined,
});

test("where a plugin cannot reach what runs its tasks, the round says so: it is not the workflow's failure", async () => {
  const away = await invokePlugin(failing(new StatusError("UNAVAILABLE", "nobody answers")), context, undefined).catch(
    (error: unknown) => error,
  );
  expect(hasStatus(away, "UNAVAILABLE")).toBe(true);
  expect(away).toMatchObject({ message: "plugin pod failed to handle e-n0-0: nobody answers" });
  const broken = await invokePlugin(failing(new Error("a bug")), context, undefined).catch((error: unknown) => error);
  expect(hasStatus(broken, "UNAVAILABLE")).toBe(false);
  expect(broken).toMatchObject({ message: "plugin pod failed to handle e-n0-0: a bug" });
});
