import type Docker from "dockerode";
import { Readable } from "node:stream";
import { registryPort } from "./cluster-config.ts";
import { runInContainer } from "./run-in-container.ts";

const directory = "/etc/containerd/certs.d";

/**
 * Has a node take images named `localhost:<port>/…` from the sandbox's registry: outside it is on that port of this machine, and in
 * the node on another. See https://kind.sigs.k8s.io/docs/user/local-registry.
 */
export async function configureRegistry(node: Docker.Container, port: number, signal: AbortSignal): Promise<void> {
  const hosts = `server = "http://localhost:${registryPort}"\n[host."http://localhost:${registryPort}"]\n`;
  const command = ["sh", "-c", 'mkdir -p "$0" && cat >"$0/hosts.toml"', `${directory}/localhost:${port}`];
  await runInContainer(node, command, { input: Readable.from([Buffer.from(hosts)]), signal });
}
