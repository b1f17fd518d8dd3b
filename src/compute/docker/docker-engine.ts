import Docker from "dockerode";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { type DockerAddress, dockerAddresses, fromEnvironment } from "./docker-address.ts";

/** A Docker engine that has answered. */
export interface DockerEngine {
  readonly docker: Docker;
  readonly address: string;
  /** What named the address: DOCKER_HOST, a context, the usual place. */
  readonly source: string;
  readonly version: string;
}

const answerMs = 5_000;

/**
 * The first engine that answers, of those that `env` names, or the one at `address`. `without` is what does without one.
 * SANDBOX_DOCKER_UNREACHABLE names every address that was tried and why it was none.
 */
export async function openDocker(
  env: Readonly<Record<string, string | undefined>>,
  { address, without = "--backend embedded" }: { readonly address?: string; readonly without?: string } = {},
): Promise<DockerEngine> {
  const reasons: string[] = [];
  const asked = address === undefined || address === env["DOCKER_HOST"] ? undefined : [{ address, source: "the configuration" }];
  for (const tried of asked ?? dockerAddresses(env)) {
    try {
      return await answering(tried);
    } catch (error) {
      reasons.push(`${tried.address} (${tried.source}): ${messageOf(error)}`);
    }
  }
  throw new FlyteError({
    code: "SANDBOX_DOCKER_UNREACHABLE",
    blame: "environment",
    message: `no Docker engine answers:\n${reasons.map((reason) => `  ${reason}`).join("\n")}`,
    hint: `start Docker, or set DOCKER_HOST to where it listens; without Docker: flyte sandbox start ${without}`,
    details: { tried: reasons },
  });
}

async function answering({ address, source }: DockerAddress): Promise<DockerEngine> {
  const options = source === fromEnvironment ? {} : connectionOf(address);
  // The library reads DOCKER_HOST and its certificates itself. Only this question has a time limit: a pull may be silent for long.
  const { Version: version } = await new Docker({ ...options, timeout: answerMs }).version();
  return { docker: new Docker(options), address, source, version };
}

function connectionOf(address: string): Docker.DockerOptions {
  const socketPath = /^(?:unix|npipe):\/\/(.+)$/.exec(address)?.[1];
  if (socketPath !== undefined) return { socketPath };
  const url = URL.parse(address.replace(/^tcp:/, "http:"));
  if (url?.protocol !== "http:") throw new Error("name it in DOCKER_HOST: only unix:// and tcp:// are understood in contexts");
  return { host: url.hostname, port: url.port || 2375, protocol: "http" };
}
