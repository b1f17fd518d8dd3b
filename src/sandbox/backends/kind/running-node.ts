import type Docker from "dockerode";
import { FlyteError } from "../../../std/errors.ts";
import type { SandboxRecord } from "../../sandbox-record.ts";
import { findNode } from "./cluster-node.ts";
import { openDocker } from "../../../compute/docker/docker-engine.ts";

/** The Docker engine and the node of a sandbox that runs. SANDBOX_NOT_RUNNING; SANDBOX_CLUSTER_FOREIGN. */
export async function runningNode({ name, dataDir }: SandboxRecord): Promise<{ readonly docker: Docker; readonly node: Docker.Container }> {
  const { docker } = await openDocker(process.env);
  const node = await findNode(docker, name, dataDir);
  if (node?.isRunning) return { docker, node: docker.getContainer(node.id) };
  throw notRunning(name);
}

function notRunning(name: string): FlyteError {
  return new FlyteError({
    code: "SANDBOX_NOT_RUNNING",
    blame: "environment",
    message: `the cluster of "${name}" does not run`,
    hint: `start it with: flyte sandbox start${name === "flyte" ? "" : ` --name ${name}`}`,
    details: { name },
  });
}
