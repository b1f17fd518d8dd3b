import type Docker from "dockerode";
import { sandboxLabels } from "./cluster-name.ts";

/** The network of a sandbox's nodes. kind's own is shared by all clusters, and stays when they go. */
export function networkName(sandbox: string): string {
  return `flyte-sandbox-${sandbox}`;
}

/** Makes the network unless it is there. */
export async function makeNetwork(docker: Docker, sandbox: string): Promise<void> {
  if ((await ourNetworks(docker, sandbox)).length > 0) return;
  await docker.createNetwork({ Name: networkName(sandbox), Driver: "bridge", Labels: { ...sandboxLabels(sandbox) } });
}

/** Removes the network, if there is one of ours. */
export async function removeNetwork(docker: Docker, sandbox: string): Promise<void> {
  for (const { Id } of await ourNetworks(docker, sandbox)) await docker.getNetwork(Id).remove();
}

async function ourNetworks(docker: Docker, sandbox: string): ReturnType<Docker["listNetworks"]> {
  const label = Object.entries(sandboxLabels(sandbox)).map(([name, value]) => `${name}=${value}`);
  return docker.listNetworks({ filters: { label } });
}
