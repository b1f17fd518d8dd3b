import type Docker from "dockerode";
import { portBlock } from "../../port-block.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { findNode } from "./cluster-node.ts";
import { hastenNames, releaseLeases, waitForApiServer, withCluster } from "./cluster-client.ts";
import { createCluster } from "./create-cluster.ts";
import { deleteCluster } from "./delete-cluster.ts";
import { exportKubeconfig } from "./repair-kubeconfig.ts";
import { sameCluster } from "./kind-settings.ts";
import type { Prepared } from "./prepare-start.ts";
import { whileNodeRuns } from "./while-node-runs.ts";

/** What came of it, to be undone when the start fails later. */
export type NodeOrigin = "created" | "started" | "running";

/** Whether the node that is there cannot become what is asked for, and is made anew; data lie outside of it. */
export function mustBeMadeAnew({ node, kept, record }: Prepared): boolean {
  if (node === undefined || node.isRunning) return node === undefined;
  return kept?.kind !== undefined && (kept.portBase !== record.portBase || !sameCluster(kept.kind, record.kind));
}

export interface NodeEvents {
  /** Told before anything is made. */
  began(origin: NodeOrigin): void;
  /** A node that is being made takes images. */
  onNode(node: Docker.Container): void;
}

/** Brings the cluster's node up. */
export async function provideNode(
  prepared: Prepared,
  { began, onNode }: NodeEvents,
  progress: (message: string) => void,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly [ClusterNode, string]> {
  const { machine, node, record } = prepared;
  const { name, dataDir, portBase, kind: settings } = record;
  if (mustBeMadeAnew(prepared)) {
    if (node) {
      progress("Removing the cluster, which was made differently; its data are kept");
      await deleteCluster(machine, name, dataDir);
    }
    began("created");
    await createCluster(machine, { sandbox: name, dataDir, ports: portBlock(portBase), settings, onNode }, progress, signal);
  } else if (node?.isRunning === false) {
    began("started");
    progress("Starting the cluster's node");
    await machine.docker.getContainer(node.id).start();
  }
  const found = await findNode(machine.docker, name, dataDir);
  if (!found) throw new Error(`the node of "${name}" is gone again`);
  await whileNodeRuns(machine.docker.getContainer(found.id), signal, async (running) => {
    // Whatever has become of the file since.
    if (!mustBeMadeAnew(prepared)) await exportKubeconfig(machine, name, running);
    await withCluster(name, async (client) => {
      await waitForApiServer(client, name, timeoutMs, running);
      if (mustBeMadeAnew(prepared)) await hastenNames(client, running);
      else if (node?.isRunning === false) await releaseLeases(client, running);
    });
  });
  return [
    found,
    `${node === undefined ? "Created" : node.isRunning ? "Found" : found.id === node.id ? "Started" : "Created anew"} the cluster ${found.name}`,
  ];
}
