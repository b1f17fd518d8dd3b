import path from "node:path";
import { expect, test } from "vitest";
import { Home, startTestSandbox, testPython } from "../support/test-sandbox.ts";

const workspace = path.join(import.meta.dirname, "workspace");

test("flytekit's eager tasks find admin, run what they call, and end what they leave behind", async () => {
  await using home = await Home.make();
  await startTestSandbox(home);
  const registered = await home.run(
    "pyflyte",
    ["register", "--project", "flytesnacks", "--domain", "development", "--version", "v1", "graphs"],
    { cwd: workspace },
  );
  expect(registered.code, registered.stdout + registered.stderr).toBe(0);
  // Two at once, though there are places for two tasks only.
  const ran = await home.run(testPython(), [path.join(import.meta.dirname, "drivers/eager_tasks.py")]);
  const line = ran.stdout.split("\n").find((one) => one.startsWith("RESULTS "));
  if (!line) throw new Error(`the driver ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
  const [good, bad] = JSON.parse(line.slice("RESULTS ".length)) as [object, { readonly error: string }];
  expect(good).toEqual({
    phase: "SUCCEEDED",
    output: 28,
    error: null,
    ran: { double: [true, "SUCCEEDED"], add_twice: [true, "SUCCEEDED"] },
  });
  // The failure node, which ended what still slept, leaves the error as it is.
  expect(bad).toMatchObject({ phase: "FAILED", output: null, ran: { fails: [true, "FAILED"], sleeps: [true, "ABORTED"] } });
  expect(bad.error).toContain("Error executing graphs.eagerly.fails with error: Flyte Serialized object (ExecutionError)");
});
