import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** What test/kube/prepare.sh has made ready. */
export interface KindEnvironment {
  readonly dockerHost: string;
  /** Directory of kind and kubectl. */
  readonly programs: string;
  /** Empty for kind's own. */
  readonly nodeImage: string;
  readonly postgresImage: string;
  readonly minioImage: string;
  readonly registryImage: string;
  /** Python and flytekit, for tasks. */
  readonly flytekitImage: string;
  /** What `flyte sandbox build-image --base` takes. */
  readonly engineBase: string;
}

/** What is ready on this machine; undefined before test/kube/prepare.sh, or when its Docker engine does not answer. */
export function kindEnvironment(): KindEnvironment | undefined {
  const cache = process.env["FLYTE_KUBE_CACHE"] ?? path.join(os.homedir(), ".cache", "flyte-kube");
  let environment: KindEnvironment;
  try {
    environment = JSON.parse(readFileSync(path.join(cache, "environment.json"), "utf8")) as KindEnvironment;
  } catch {
    return undefined;
  }
  const asked = spawnSync("docker", ["image", "inspect", environment.flytekitImage], { env: kindVariables(environment), stdio: "ignore" });
  return asked.status === 0 ? environment : undefined;
}

/** The variables by which kind, kubectl, docker and flyte find it. */
export function kindVariables({ dockerHost, programs }: KindEnvironment): NodeJS.ProcessEnv {
  return { ...process.env, DOCKER_HOST: dockerHost, PATH: [programs, process.env["PATH"]].join(path.delimiter) };
}
