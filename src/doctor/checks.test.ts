import { describe, expect, test } from "vitest";
import type { SandboxStatus } from "../sandbox/sandbox-status.ts";
import { judgeDisk } from "./check-disk.ts";
import { checkNode } from "./check-node.ts";
import { checkSandboxes } from "./check-sandboxes.ts";
import { doctorText } from "./run-doctor.ts";

test.each([
  ["24.0.0", "ok"],
  ["25.1.0", "ok"],
  ["22.12.0", "problem"],
  ["9.0.0", "problem"],
])("Node %s is %s", (version, status) => {
  expect(checkNode(version, "/bin/node")).toMatchObject({ name: "node", status, detail: `${version} (/bin/node)` });
});

const mebibyte = 1024 * 1024;
test.each([
  [0, "problem", "0 MiB"],
  [64 * mebibyte - 1, "problem", "63 MiB"],
  [64 * mebibyte, "warning", "64 MiB"],
  [1024 * mebibyte - 1, "warning", "1023 MiB"],
  [1536 * mebibyte, "ok", "1.5 GiB"],
])("%d bytes free is %s", (bytes, status, text) => {
  const check = judgeDisk(bytes, "/home/a");
  expect(check).toMatchObject({ status, detail: `${text} free for /home/a` });
  expect(check.hint === null).toBe(status === "ok");
});

describe("sandboxes", () => {
  const running: SandboxStatus = {
    name: "flyte",
    state: "running",
    version: "1.2.3",
    endpoints: { admin: "localhost:30080" } as NonNullable<SandboxStatus["endpoints"]>,
    dataDir: "/d",
    python: { interpreter: "/p", python: "3.12.1", flytekit: "1.16.0" },
  };
  test.each<[string, Partial<SandboxStatus>, string, string, string | null]>([
    ["running", {}, "ok", "flyte is running on localhost:30080", null],
    ["not inspected yet", { python: null }, "ok", "flyte is running on localhost:30080", null],
    ["stopped", { state: "stopped", endpoints: null, version: null, python: null, name: "two" }, "ok", "two is stopped", null],
    ["dumb", { state: "not-responding", version: null, name: "two" }, "problem", "does not answer", "flyte sandbox logs --name two"],
    ["of another version", { version: "1.2.2" }, "warning", "runs version 1.2.2", "flyte sandbox stop && flyte sandbox start"],
    [
      "without flytekit",
      { python: { interpreter: "/p", python: "3.12.1", flytekit: null } },
      "warning",
      "/p, has no flytekit",
      "--python PATH",
    ],
    ["without Python", { python: { interpreter: null, python: null, flytekit: null } }, "warning", "has no Python", "--python PATH"],
  ])("%s", (_, changes, status, detail, hint) => {
    const [check] = checkSandboxes([{ ...running, ...changes }], "1.2.3");
    expect(check).toMatchObject({ name: "sandbox", status, detail: expect.stringContaining(detail) });
    if (hint === null) expect(check?.hint).toBeNull();
    else expect(check?.hint).toContain(hint);
  });
  test("none is no warning; each gets a line", () => {
    expect(checkSandboxes([], "1").map(({ status }) => status)).toEqual(["ok"]);
    expect(checkSandboxes([running, { ...running, name: "two" }], "1.2.3")).toHaveLength(2);
  });
});

test("a hint stands below its line, in the column of the text", () => {
  expect(
    doctorText([
      { name: "node", status: "ok", detail: "24", hint: null },
      { name: "endpoint", status: "problem", detail: "gone\u001b[2J", hint: "do this" },
    ]),
  ).toBe("ok       node      24\nproblem  endpoint  gone[2J\n                   hint: do this\n");
});
