import type Docker from "dockerode";
import { FlyteError } from "../../../std/errors.ts";
import { defaultPortBase, portBlock } from "../../port-block.ts";
import { nodeDataDirectory, nodePorts } from "./cluster-config.ts";
import { clusterName } from "./cluster-name.ts";

/** The container that is the cluster's control plane. */
export interface ClusterNode {
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
  readonly image: string;
}

interface Found {
  readonly nodes: readonly ClusterNode[];
  /** Whether the sandbox's data directory is mounted in it: only our clusters have that. */
  readonly isOurs: boolean;
}

const clusterLabel = "io.x-k8s.kind.cluster";
const roleLabel = "io.x-k8s.kind.role";

/**
 * The control plane of the sandbox's cluster, running or not; undefined when there is no such cluster.
 * SANDBOX_CLUSTER_FOREIGN when there is one that this sandbox did not make: it is not touched.
 */
export async function findNode(docker: Docker, sandbox: string, dataDir: string): Promise<ClusterNode | undefined> {
  const { nodes, isOurs } = await lookFor(docker, sandbox, dataDir);
  if (nodes.length === 0) return undefined;
  if (isOurs) return nodes[0];
  const cluster = clusterName(sandbox);
  throw new FlyteError({
    code: "SANDBOX_CLUSTER_FOREIGN",
    blame: "environment",
    message: `there is a kind cluster "${cluster}" already, and it is not this sandbox's: ${dataDir} is not mounted in it`,
    hint: `take another name: flyte sandbox start --backend kind --name NAME; or, if nobody needs it: kind delete cluster --name ${cluster}`,
    details: { cluster, containers: nodes.map(({ name }) => name) },
  });
}

/**
 * Docker, unlike the API server, answers for stopped nodes too; and its containers' mounts cannot be changed afterwards.
 * Docker Desktop names a directory of the machine with /host_mnt before it.
 */
async function lookFor(docker: Docker, sandbox: string, dataDir: string): Promise<Found> {
  const label = `${clusterLabel}=${clusterName(sandbox)}`;
  const containers = await docker.listContainers({ all: true, filters: { label: [label] } });
  const nodes = containers.map(({ Id, Names, State, Image, Labels }) => ({
    id: Id,
    name: (Names[0] ?? Id).replace(/^\//, ""),
    isRunning: State === "running",
    image: Image,
    isControlPlane: Labels[roleLabel] === "control-plane",
  }));
  const isOurs = containers.some(({ Mounts }) =>
    Mounts.some(({ Source, Destination }) => Destination === nodeDataDirectory && (Source === dataDir || Source === `/host_mnt${dataDir}`)),
  );
  return { nodes: nodes.toSorted((one, two) => Number(two.isControlPlane) - Number(one.isControlPlane)), isOurs };
}

/** Every container of the cluster; of a cluster of several nodes the control plane alone is named first. */
export async function nodesOf(docker: Docker, sandbox: string, dataDir: string): Promise<readonly ClusterNode[]> {
  const { nodes, isOurs } = await lookFor(docker, sandbox, dataDir);
  return isOurs ? nodes : [];
}

/** The port base that a node was made with, which only its container knows when the sandbox's record is lost. */
export async function nodePortBase(docker: Docker, { id }: ClusterNode): Promise<number> {
  const { HostConfig } = await docker.getContainer(id).inspect();
  const bindings = HostConfig.PortBindings as Readonly<Record<string, readonly { readonly HostPort: string }[]>>;
  const [admin] = (bindings[`${nodePorts.admin}/tcp`] ?? []).map(({ HostPort }) => Number(HostPort)).toSorted((one, two) => one - two);
  return (admin ?? nodePorts.admin) - portBlock(defaultPortBase).admin + defaultPortBase;
}
