import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Home, startTestSandbox, type Endpoints } from "../support/test-sandbox.ts";

let home: Home;
let endpoints: Endpoints;
beforeAll(async () => {
  home = await Home.make();
  endpoints = await startTestSandbox(home);
});
afterAll(() => home?.[Symbol.asyncDispose]());

const size = 12;

test("kill -9 in the midst of a map loses no element and runs none twice", { timeout: 200_000 }, async () => {
  const judge = path.join(home.directory, "judge");
  const lines = (): string[] => (existsSync(judge) ? readFileSync(judge, "utf8").trimEnd().split("\n") : []);
  const values = JSON.stringify(Array.from({ length: size }, (_, index) => index));
  const ran = await home.run(
    "pyflyte",
    [
      "run",
      "--remote",
      "--name",
      "mapped",
      "-p",
      "flytesnacks",
      "-d",
      "development",
      "mapped.py",
      "mapped",
      "--judge",
      judge,
      "--xs",
      values,
    ],
    { cwd: path.join(import.meta.dirname, "workspace") },
  );
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  // While the first run, while some are done, and while the last are about to end.
  for (const ended of [0, 3, 7, 10]) {
    const deadline = Date.now() + 60_000;
    while (lines().filter((line) => line.startsWith("end")).length < ended || lines().length === 0) {
      if (Date.now() > deadline) throw new Error(`after a minute: ${lines().join(", ")}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    process.kill(endpoints.pid, "SIGKILL");
    endpoints = await home.data<Endpoints>("sandbox", "start");
  }
  const watched = await home.flyte("watch", "ex:flytesnacks:development:mapped");
  expect(watched.stdout).toContain(`SUCCEEDED  ${size} of ${size} succeeded`);
  const data = (await (await fetch(`http://${endpoints.admin}/api/v1/data/executions/flytesnacks/development/mapped`)).json()) as {
    full_outputs: { literals: { o0: { collection: { literals: { scalar: { primitive: { integer: string } } }[] } } } };
  };
  const outputs = data.full_outputs.literals.o0.collection.literals.map((one) => Number(one.scalar.primitive.integer));
  expect(outputs).toEqual(Array.from({ length: size }, (_, index) => 2 * index));
  const wanted = Array.from({ length: size }, (_, index) => [`begin ${index} 0`, `end ${index} 0`]);
  expect(lines().sort()).toEqual(wanted.flat().sort());
});
