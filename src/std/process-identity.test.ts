import { expect, test } from "vitest";
import { bootOf, isSameProcess, parseProcessStat, processIdentity } from "./process-identity.ts";

test("fields of /proc/PID/stat are counted from behind the program's name", () => {
  const line = "17 (a (b) c d) S 4 5 6 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 2 3";
  expect(parseProcessStat(line)).toEqual({ ended: false, parent: 4, group: 5, session: 6, startTick: 98765 });
  expect(parseProcessStat(line.replace(") S", ") Z"))?.ended).toBe(true);
  expect(parseProcessStat("")).toBeUndefined();
});

test("a process is itself, under its identity with and without the boot", () => {
  const identity = processIdentity(process.pid) ?? "";
  expect(isSameProcess(process.pid, identity)).toBe(true);
  expect(isSameProcess(process.pid, "")).toBe(false);
  expect(isSameProcess(2 ** 22 + 1, identity)).toBe(false);
  if (process.platform !== "linux") return;
  const [boot = "", tick = ""] = identity.split(":");
  expect(bootOf(identity)).toBe(boot);
  expect(isSameProcess(process.pid, tick)).toBe(true);
  expect(isSameProcess(process.pid, `${boot}:${Number(tick) + 1}`)).toBe(false);
  expect(isSameProcess(process.pid, String(Number(tick) + 1))).toBe(false);
  expect(isSameProcess(process.pid, `other:${tick}`)).toBe(false);
});
