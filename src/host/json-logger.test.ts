import { expect, test } from "vitest";
import { jsonLogger } from "./json-logger.ts";
import type { Clock } from "../std/clock.ts";

const clock: Clock = { now: () => 0, at: () => () => {} };

test("what cannot be written stops nobody: a full disk, or fields without JSON", () => {
  const full = jsonLogger(clock, () => {
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  });
  expect(() => full.warn("w")).not.toThrow();
  const lines: string[] = [];
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  jsonLogger(clock, (line) => lines.push(line)).error("e", { circular });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([{ time: "1970-01-01T00:00:00.000Z", level: "error", message: "e" }]);
});
