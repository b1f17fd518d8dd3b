import { execFileSync } from "node:child_process";
import { inject } from "vitest";
import { kindVariables } from "../support/kind-environment.ts";
import { Home } from "../support/test-sandbox.ts";

/** Images that a start is given. */
export interface TestImages {
  /** Empty for kind's own. */
  readonly node: string;
  readonly engine: string;
  readonly postgres: string;
  readonly minio: string;
  readonly registry: string;
}

export function testImages(): TestImages {
  const { nodeImage, postgresImage, minioImage, registryImage } = inject("kind");
  return { node: nodeImage, engine: inject("engineImage"), postgres: postgresImage, minio: minioImage, registry: registryImage };
}

/** The flags of a start with these images. */
export function imageFlags({ node, engine, postgres, minio }: TestImages): string[] {
  const named = ["--engine-image", engine, "--postgres-image", postgres, "--minio-image", minio];
  return node === "" ? named : ["--image", node, ...named];
}

/** A HOME whose commands find the tests' Docker engine and kind. */
export async function kindHome(): Promise<Home> {
  const home = await Home.make();
  const { dockerHost, programs } = inject("kind");
  home.env["DOCKER_HOST"] = dockerHost;
  home.env["PATH"] = `${home.env["PATH"]}:${programs}`;
  return home;
}

export function docker(...args: readonly string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", stdio: "pipe", env: kindVariables(inject("kind")) }).trim();
}

/** As `docker load`. */
export function loadArchive(archive: Buffer): void {
  execFileSync("docker", ["load"], { stdio: "pipe", input: archive, env: kindVariables(inject("kind")) });
}

type DockerState = Readonly<Record<"containers" | "networks" | "volumes", readonly string[]>>;

/**
 * All that Docker has, but its images. Where others use the same engine meanwhile (FLYTE_TEST_DOCKER_SHARED), what is named
 * after the sandbox alone: volumes have no names to be told apart by.
 */
export function dockerState(sandbox: string): DockerState {
  const shared = Boolean(process.env["FLYTE_TEST_DOCKER_SHARED"]);
  const lines = (...args: readonly string[]): readonly string[] =>
    docker(...args)
      .split("\n")
      .filter((line) => line !== "" && (!shared || line.includes(sandbox)))
      .sort();
  return {
    containers: lines("ps", "--all", "--format", "{{.Names}}"),
    networks: lines("network", "ls", "--format", "{{.Name}}"),
    volumes: lines("volume", "ls", "--quiet"),
  };
}
