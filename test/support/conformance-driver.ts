import path from "node:path";
import { expect } from "vitest";
import { type Home, testPython } from "./test-sandbox.ts";

const conformance = path.join(import.meta.dirname, "../conformance");

/** Where the flytekit programs of the conformance tests lie. */
export const workspace = path.join(conformance, "workspace");

/** Registers what lies at `paths` of `directory` with the real pyflyte, as version v1. */
export async function pyflyteRegister(home: Home, directory: string, ...paths: readonly string[]): Promise<void> {
  const registered = await home.run(
    "pyflyte",
    ["register", "--project", "flytesnacks", "--domain", "development", "--version", "v1", ...paths],
    { cwd: directory },
  );
  expect(registered.code, registered.stdout + registered.stderr).toBe(0);
}

/** Runs a program of drivers/, which speaks to the deployment by FlyteRemote, and reads the line with what it has found. */
export async function driverResults<T>(home: Home, driver: string, ...args: readonly string[]): Promise<T> {
  const ran = await home.run(testPython(), [path.join(conformance, "drivers", driver), ...args]);
  const line = ran.stdout.split("\n").find((one) => one.startsWith("RESULTS "));
  if (!line) throw new Error(`the driver ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
  return JSON.parse(line.slice("RESULTS ".length)) as T;
}
