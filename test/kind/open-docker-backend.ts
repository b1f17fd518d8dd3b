import Docker from "dockerode";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { type DockerBackend, type DockerComputeOptions, openDockerCompute } from "../../src/compute/docker/open-docker-compute.ts";
import { systemClock } from "../../src/std/clock.ts";

/** The tests' Docker engine. */
export function testDocker(): Docker {
  const { dockerHost } = inject("kind");
  return new Docker({ socketPath: dockerHost.replace(/^unix:\/\//, "") });
}

export function emptyDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "docker-compute-"));
}

/** The Docker backend on `directory` with two slots and a short grace. */
export function openDockerBackend(directory: string, options: Partial<DockerComputeOptions> = {}): Promise<DockerBackend> {
  return openDockerCompute({
    docker: testDocker(),
    owner: { sandbox: `unit${process.pid}`, dataDirectory: directory },
    directory,
    slots: 2,
    clock: systemClock,
    graceSeconds: 1,
    imagePullGrace: 500,
    logger: { warn: (message, details) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`) },
    ...options,
  });
}
