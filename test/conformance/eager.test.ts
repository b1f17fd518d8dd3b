import { expect, test } from "vitest";
import { Home, startTestSandbox } from "../support/test-sandbox.ts";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";

test("flytekit's eager tasks find admin, run what they call, and end what they leave behind", async () => {
  await using home = await Home.make();
  await startTestSandbox(home);
  await pyflyteRegister(home, workspace, "graphs");
  // Two at once, though there are places for two tasks only.
  const [good, bad] = await driverResults<[object, { readonly error: string }]>(home, "eager_tasks.py");
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
