import { expect, test } from "vitest";
import { imageFailure } from "./image-failure.ts";
import { ProgressError } from "./read-progress.ts";

// As Docker 20.10 and 28 say them.
const cases = [
  [
    "ENGINE_IMAGE_DISK_FULL",
    "(HTTP code 500) server error - write /var/lib/docker/tmp/x: no space left on device ",
    [],
    "docker image prune",
  ],
  [
    "ENGINE_IMAGE_DISK_FULL",
    "The command 'flyte --version' returned a non-zero code: 1",
    ["write x: no space left on device"],
    "docker image prune",
  ],
  ["ENGINE_IMAGE_ARCHITECTURE", "The command failed", ["exec /usr/local/bin/flyte: exec format error"], "docker pull --platform"],
  ["ENGINE_IMAGE_BASE_UNSUITABLE", "The command failed", ["/usr/bin/env: ‘node’: No such file or directory"], "--base node:24-slim"],
  ["ENGINE_IMAGE_BASE_UNSUITABLE", "The command failed", ["env: can't execute 'node': No such file or directory"], "--base node:24-slim"],
  ["ENGINE_IMAGE_BASE_UNSUITABLE", "The command failed", ["exec /usr/local/bin/flyte: no such file or directory"], "--base node:24-slim"],
  ["ENGINE_IMAGE_BASE_UNSUITABLE", "The command failed", ["flyte needs Node 24 or newer; this is Node 20.1.0"], "--base node:24-slim"],
  ["ENGINE_IMAGE_BASE_UNSUITABLE", "The command '/usr/local/bin/flyte --version' returned a non-zero code: 127", [], "--base node:24-slim"],
  ["ENGINE_IMAGE_BUILD_FAILED", "The command '/usr/local/bin/flyte --version' returned a non-zero code: 1", [], "docker info"],
  ["ENGINE_IMAGE_BUILD_FAILED", "the engine is shutting down", ["Step 1/2"], "docker info"],
] as const;

test.for(cases)("%s: %s", ([code, said, output, hint]) => {
  const error = imageFailure("flyte-engine:1", "base:1", new ProgressError(said, output), output);
  expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) as string });
  expect(error.message).not.toMatch(/HTTP code/);
});

test("what is not foreseen is told with the last lines", () => {
  const output = ["Step 1/2", "boom"];
  expect(imageFailure("flyte-engine:1", "base:1", new Error("gave up"), output).message).toBe(
    "the Docker engine could not make flyte-engine:1: gave up; it said last:\nStep 1/2\nboom",
  );
});
