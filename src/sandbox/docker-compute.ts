import { Containers } from "../compute/docker/containers.ts";
import { openDocker } from "../compute/docker/docker-engine.ts";
import { taskNetwork } from "../compute/docker/task-network.ts";
import type { DockerRecord, SandboxRecord } from "./sandbox-record.ts";

const without = "--compute local";

/** The engine that the containers of a sandbox are to run on: it answers, and they can reach this machine. FlyteErrors say what is wrong. */
export async function findEngine(env: Readonly<Record<string, string | undefined>>): Promise<Required<DockerRecord>> {
  const { docker, address, version } = await openDocker(env, { without });
  await taskNetwork(docker);
  return { address, version };
}

/** Removes what is left of a sandbox's containers. Rejects when its engine does not answer: they would stay for ever. */
export async function removeContainers({ name, dataDir, docker: record }: SandboxRecord): Promise<void> {
  if (!record) return;
  const { docker } = await openDocker(process.env, { address: record.address, without });
  const owner = { sandbox: name, dataDirectory: dataDir };
  const containers = new Containers(docker, { owner, cores: 1, init: true });
  for (const { id } of await containers.list()) await containers.remove(id);
}
