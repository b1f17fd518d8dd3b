import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { Home, startTestSandbox, testPython } from "../support/test-sandbox.ts";

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly hint: string | null;
}

/** Checks by name, whether the command succeeded or named problems, and its exit code. */
async function doctor(home: Home, env: Record<string, string> = {}, ...flags: string[]) {
  const ran = await home.run("flyte", ["doctor", "--json", ...flags], { env });
  const answer = JSON.parse(ran.stdout) as {
    ok: boolean;
    data?: { items: Check[] };
    error?: { code: string; details: { items: Check[] } };
  };
  const items = answer.data?.items ?? answer.error?.details.items ?? [];
  return { code: ran.code, error: answer.error?.code, ...Object.fromEntries(items.map((item) => [item.name, item])) } as {
    code: number | null;
    error?: string;
  } & Record<string, Check | undefined>;
}

test("an empty home has warnings at most; each broken thing is a problem of its own name and exit code 3", async () => {
  await using home = await Home.make();
  const fine = await doctor(home, { FLYTE_PYTHON: testPython() });
  expect(fine.code).toBe(0);
  expect(fine).toMatchObject({
    node: { status: "ok", detail: expect.stringContaining(process.versions.node) },
    program: { status: "ok", detail: expect.stringContaining("/bin/flyte") },
    python: { status: "ok", detail: expect.stringMatching(/flytekit \d+\./) },
    sandbox: { status: "ok", detail: "none was started yet" },
    disk: { status: "ok" },
    certificates: { status: "ok", hint: null },
  });

  const foreign = path.join(home.directory, "python-bin");
  await mkdir(foreign);
  await writeFile(path.join(foreign, "flyte"), "#!/usr/bin/env python3\nprint('2.0')\n");
  await chmod(path.join(foreign, "flyte"), 0o755);
  const own = (home.env["PATH"] ?? "").split(path.delimiter);
  const after = await doctor(home, { PATH: [...own, foreign].join(path.delimiter) });
  expect(after["program"]).toMatchObject({ status: "ok", detail: expect.stringContaining(`before ${foreign}/flyte (a Python program`) });
  // pnpm's programs are scripts that run ours.
  const script = path.join(home.directory, "pnpm-bin");
  await mkdir(script);
  await writeFile(path.join(script, "flyte"), '#!/bin/sh\nexec node "$basedir/global/5/node_modules/flyte/bin/run.js" "$@"\n', {
    mode: 0o755,
  });
  const scripted = await home.run(path.join(own[1] ?? "", "flyte"), ["doctor"], { env: { PATH: [own[0], script].join(path.delimiter) } });
  expect(scripted.stdout).toContain(`ok       program       ${script}/flyte\n`);
  // The foreign one first: ours is run by its path, as npx would.
  const before = await home.run(path.join(own[1] ?? "", "flyte"), ["doctor"], {
    env: { PATH: [own[0], foreign, ...own.slice(1)].join(path.delimiter) },
  });
  expect(before.stdout).toMatch(
    new RegExp(`warning +program +flyte on PATH is ${foreign}/flyte \\(a Python program.*\\n +hint: put ${own[1]} before`),
  );

  const missing = await doctor(home, { FLYTECTL_CONFIG: "/nowhere/config.yaml" });
  expect(missing).toMatchObject({ code: 3, error: "DOCTOR_PROBLEMS", config: { status: "problem" } });
  expect(missing["config"]?.detail).toContain("/nowhere/config.yaml (from FLYTECTL_CONFIG)");
  const nobody = await doctor(home, {}, "--endpoint", "127.0.0.1:1", "--insecure");
  expect(nobody).toMatchObject({
    code: 3,
    config: { status: "ok" },
    endpoint: { status: "problem", detail: expect.stringContaining("127.0.0.1:1") },
  });
  const python = await doctor(home, { FLYTE_PYTHON: "/nowhere/python" });
  expect(python).toMatchObject({ code: 3, python: { status: "problem", hint: expect.stringContaining("FLYTE_PYTHON") } });
  const certificates = await doctor(home, { NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem" });
  expect(certificates["certificates"]).toMatchObject({ status: "warning", detail: expect.stringContaining("/nowhere/ca.pem") });
  await rm(foreign, { recursive: true });
});

test("a sandbox that runs, one that hangs, and one that is stopped", async () => {
  await using home = await Home.make();
  const endpoints = await startTestSandbox(home);
  const up = await doctor(home, { FLYTE_PYTHON: testPython() });
  expect(up).toMatchObject({
    code: 0,
    config: { status: "ok", detail: expect.stringContaining(endpoints.config) },
    endpoint: { status: "ok", detail: expect.stringMatching(/answers, version \d/) },
    sandbox: { status: "ok", detail: `flyte is running on ${endpoints.admin}` },
  });
  process.kill(endpoints.pid, "SIGSTOP");
  try {
    const hung = await doctor(home);
    expect(hung).toMatchObject({
      code: 3,
      endpoint: { status: "problem" },
      sandbox: { status: "problem", hint: expect.stringContaining("sandbox logs") },
    });
  } finally {
    process.kill(endpoints.pid, "SIGCONT");
  }
  await home.data("sandbox", "stop");
  expect(await doctor(home)).toMatchObject({
    code: 3,
    sandbox: { status: "ok", detail: "flyte is stopped" },
    endpoint: { status: "problem" },
  });
});
