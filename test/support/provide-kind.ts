import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { type KindEnvironment, kindEnvironment, kindVariables } from "./kind-environment.ts";

declare module "vitest" {
  interface ProvidedContext {
    kind: KindEnvironment;
    /** Built of the package that is tested. */
    engineImage: string;
  }
}

/** What the tests of a cluster run on, and the engine's image, which the installed package makes as a user's would. */
export default function setup(project: TestProject): () => void {
  const environment = kindEnvironment();
  if (!environment) throw new Error("there is no Docker engine that is ready for kind: run test/kube/prepare.sh");
  const image = `flyte-test-engine:${process.pid}`;
  const home = mkdtempSync(path.join(os.tmpdir(), "flyte-image-home-"));
  const env = { ...kindVariables(environment), HOME: home };
  const run = (program: string, args: readonly string[]): void => {
    const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", env });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? ""}${stdout}${stderr}`);
  };
  const flyte = path.join(project.getProvidedContext().flyteBin, "flyte");
  try {
    run(flyte, ["sandbox", "build-image", "--base", environment.engineBase, "--tag", image]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  project.provide("kind", environment);
  project.provide("engineImage", image);
  return () => run("docker", ["image", "rm", "--force", image]);
}
