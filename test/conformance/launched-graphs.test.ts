import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox, testPython } from "../support/test-sandbox.ts";

const workspace = path.join(import.meta.dirname, "workspace");

describe("flytekit's launch plans within workflows", () => {
  let home: Home;
  let out: Readonly<Record<string, any>>;

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    for (const [version, name] of [
      ["v1", "graphs"],
      ["v2", "references"],
    ] as const) {
      const registered = await home.run(
        "pyflyte",
        ["register", "--project", "flytesnacks", "--domain", "development", "--version", version, name],
        { cwd: workspace },
      );
      expect(registered.code, registered.stdout + registered.stderr).toBe(0);
    }
    const ran = await home.run(testPython(), [path.join(import.meta.dirname, "drivers/launched_graphs.py")]);
    const line = ran.stdout.split("\n").find((one) => one.startsWith("RESULTS "));
    if (!line) throw new Error(`the driver ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
    out = JSON.parse(line.slice("RESULTS ".length)) as typeof out;
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  test("x", () => {
    console.log(JSON.stringify(out, null, 1));
  });
});
