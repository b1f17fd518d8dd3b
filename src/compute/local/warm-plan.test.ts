import { describe, expect, test } from "vitest";
import { attemptOnly, interpreterOfScript, warmPlan } from "./warm-plan.ts";

const request = {
  program: "/venv/bin/pyflyte-execute",
  argv: [
    "pyflyte-execute",
    "--inputs",
    "/i",
    "--raw-output-data-prefix",
    "s3://b/x",
    "--dynamic-addl-distro",
    "s3://b/fast.tar.gz",
    "--resolver",
    "flytekit.core.python_auto_container.default_task_resolver",
    "--",
    "task-module",
    "flows.main",
    "task-name",
    "t",
  ],
  cwd: "/code/1",
  env: { PATH: "/venv/bin:/bin", PYTHONPATH: "/code/1:/more", TMPDIR: "/tmp/a", FLYTE_INTERNAL_EXECUTION_ID: "e", MINE: "1", PW: "secret" },
  privateNames: ["TMPDIR", "PW", "_FSEC_G_K"],
};
const line = "#!/venv/bin/python3";
const planOf = (more: object) => warmPlan({ ...request, ...more }, line);

test("a plan says which interpreter, and what may be imported with which variables", () => {
  expect(planOf({})).toMatchObject({
    interpreter: "/venv/bin/python3",
    bin: "/venv/bin",
    startEnv: { PATH: "/venv/bin:/bin" },
    protocols: ["s3"],
    paths: ["/code/1", "/more"],
    code: {
      module: "flows.main",
      cwd: "/code/1",
      env: { MINE: "1", PATH: "/venv/bin:/bin", PYTHONPATH: "/code/1:/more" },
      private: ["PW"],
      distribution: { uri: "s3://b/fast.tar.gz", directory: null },
    },
  });
});

describe("starts cold", () => {
  test.each([
    ["another program", { program: "/venv/bin/python" }],
    ["packages to install first", { env: { ...request.env, _F_RUNTIME_PACKAGES: "pandas" } }],
  ])("%s", (_title, more) => expect(planOf(more)).toBeUndefined());

  test.each(["#!/bin/sh", "#!/usr/bin/env python3", "#!/venv/bin/python3 -I", "", "import sys", "#!python3"])(
    "a script that begins %j",
    (first) => {
      expect(warmPlan(request, first)).toBeUndefined();
      expect(interpreterOfScript(first)).toBeUndefined();
    },
  );
});

describe("only flytekit is imported ahead", () => {
  test.each([
    ["for another resolver", { argv: request.argv.map((word) => word.replace("flytekit.core.python_auto_container", "mine")) }],
    ["in a directory of the attempt's own", { cwd: "/tmp/a" }],
    ["without a resolver", { argv: ["pyflyte-execute"] }],
    [
      "for a map over a task of another resolver",
      { argv: [...request.argv.slice(0, 10), "vars", "", "resolver", "mine.resolver", "task-module", "m"] },
    ],
  ])("%s", (_title, more) => {
    expect(planOf(more)).toBeDefined();
    expect(planOf(more)?.code).toBeUndefined();
  });
});

describe("two attempts share what is imported", () => {
  const key = (more: object) => planOf(more)?.code?.key;
  const env = (more: Record<string, string>) => ({ env: { ...request.env, ...more } });

  test.each([
    ["another execution", env({ FLYTE_INTERNAL_EXECUTION_ID: "f" })],
    ["another attempt", env({ FLYTE_ATTEMPT_NUMBER: "3" })],
    ["another task of the module", { ...env({ FLYTE_INTERNAL_TASK_NAME: "u" }), argv: [...request.argv.slice(0, -1), "u"] }],
    ["another scratch directory", env({ TMPDIR: "/tmp/b" })],
    ["another value of a secret", env({ PW: "other" })],
    ["another secret", { privateNames: ["TMPDIR", "PW", "_FSEC_G_J"] }],
  ])("although it is %s", (_title, more) => expect(key(more)).toBe(key({})));

  test.each([
    ["code", { cwd: "/code/2" }],
    ["a variable of its own", env({ MINE: "2" })],
    ["one more", env({ YOURS: "1" })],
    ["an import path", env({ PYTHONPATH: "/code/2" })],
    ["an execution's domain", env({ FLYTE_INTERNAL_EXECUTION_DOMAIN: "production" })],
    ["a secret's own variable", { privateNames: ["TMPDIR", "PW", "PW2"] }],
    ["a module", { argv: request.argv.map((word) => (word === "flows.main" ? "flows.other" : word)) }],
    ["a distribution", { argv: request.argv.map((word) => (word.endsWith("gz") ? "s3://b/2.tar.gz" : word)) }],
    ["an interpreter's bin", { program: "/venv2/bin/pyflyte-execute" }],
  ])("but not with another %s", (_title, more) => {
    expect(key(more)).toBeDefined();
    expect(key(more)).not.toBe(key({}));
  });
});

test.each(["PYTHONHASHSEED", "LD_PRELOAD", "LC_ALL", "LANG", "TZ", "HOME", "FLYTE_SDK_LOGGING_LEVEL"])("%s makes another base", (name) => {
  const other = planOf({ env: { ...request.env, [name]: "x" } });
  expect(other?.startEnv).toMatchObject({ [name]: "x" });
  expect(other?.baseKey).not.toBe(planOf({})?.baseKey);
});

test.each(["PYTHONPATH", "MINE", "FLYTE_INTERNAL_EXECUTION_ID", "PW"])("%s does not", (name) => {
  expect(planOf({ env: { ...request.env, [name]: "x" } })?.baseKey).toBe(planOf({})?.baseKey);
});

test("what tells attempts apart is known by name", () => {
  const pattern = new RegExp(`^(?:${attemptOnly})$`);
  for (const name of [
    "FLYTE_INTERNAL_EXECUTION_ID",
    "_F_NM",
    "_FSEC_A_B",
    "TMPDIR",
    "FLYTE_K8S_ARRAY_INDEX",
    "BATCH_JOB_ARRAY_INDEX_OFFSET",
  ]) {
    expect(name).toMatch(pattern);
  }
  for (const name of ["FLYTE_INTERNAL_IMAGE", "_F_SS_C", "HOME", "MY_TMPDIR", "FLYTE_INTERNAL_EXECUTION_PROJECT"])
    expect(name).not.toMatch(pattern);
});
