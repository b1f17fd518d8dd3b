import { execFileSync } from "node:child_process";
import { Home } from "../support/test-sandbox.ts";

/** Images that the tests use where the default ones cannot be pulled: FLYTE_TEST_NODE_IMAGE and so on. */
export interface TestImages {
  readonly node: string | undefined;
  readonly engine: string;
  readonly postgres: string;
  readonly minio: string;
}

export function testImages(env: NodeJS.ProcessEnv = process.env): TestImages {
  const engine = env["FLYTE_TEST_ENGINE_IMAGE"];
  if (!engine) throw new Error("FLYTE_TEST_ENGINE_IMAGE names no engine image");
  return {
    node: env["FLYTE_TEST_NODE_IMAGE"],
    engine,
    postgres: env["FLYTE_TEST_POSTGRES_IMAGE"] ?? "postgres:17",
    minio: env["FLYTE_TEST_MINIO_IMAGE"] ?? "minio/minio:latest",
  };
}

/** The flags of a start with these images. */
export function imageFlags({ node, engine, postgres, minio }: TestImages): string[] {
  const named = ["--engine-image", engine, "--postgres-image", postgres, "--minio-image", minio];
  return node === undefined ? named : ["--image", node, ...named];
}

/** A HOME whose commands find this machine's Docker engine and kind. */
export async function kindHome(): Promise<Home> {
  const home = await Home.make();
  const { DOCKER_HOST: dockerHost, PATH: programs = "" } = process.env;
  if (dockerHost !== undefined) home.env["DOCKER_HOST"] = dockerHost;
  home.env["PATH"] = `${home.env["PATH"]}:${programs}`;
  return home;
}

export function docker(...args: readonly string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", stdio: "pipe" }).trim();
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
