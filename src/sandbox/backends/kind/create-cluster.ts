import type Docker from "dockerode";
import { readFile } from "node:fs/promises";
import { FlyteError, messageOf } from "../../../std/errors.ts";
import type { PortBlock } from "../../port-block.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import type { KindRecord } from "../../sandbox-record.ts";
import { clusterConfig } from "./cluster-config.ts";
import { clusterName } from "./cluster-name.ts";
import { makeNetwork, networkName } from "./cluster-network.ts";
import { nodesOf } from "./cluster-node.ts";
import { errorFields } from "./error-fields.ts";
import type { KindMachine } from "./kind-machine.ts";
import { runKind } from "./kind-program.ts";
import { runInContainer } from "./run-in-container.ts";

export interface NewCluster {
  readonly sandbox: string;
  readonly dataDir: string;
  readonly ports: PortBlock;
  readonly settings: KindRecord;
  /** Called once the node takes images, long before its cluster is there. */
  readonly onNode: (node: Docker.Container) => void;
}

/** Has kind make the sandbox's cluster; its kubeconfig is a file of the sandbox, the user's own is left alone. */
export async function createCluster(
  { docker, kind, engine }: KindMachine,
  { sandbox, dataDir, ports, settings, onNode }: NewCluster,
  progress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { config: file, mounts, nodeImage, registryImage } = settings;
  const own = file === undefined ? {} : { own: { file, text: await textOf(file) } };
  await makeNetwork(docker, sandbox);
  const args = ["create", "cluster", "--name", clusterName(sandbox), "--kubeconfig", sandboxPaths(sandbox).kubeconfig, "--config", "-"];
  const creating = runKind(kind, [...args, "--retain", ...(nodeImage === undefined ? [] : ["--image", nodeImage])], {
    dockerAddress: engine.address,
    network: networkName(sandbox),
    input: clusterConfig({ sandbox, dataDir, ports, mounts, hasRegistry: registryImage !== undefined, ...own }),
    signal,
    onLine: (line) => {
      const step = /^\s*[•✓]\s+(.+?)\s*(?:\.\.\.)?\s*\p{Emoji_Presentation}?\s*$/u.exec(line)?.[1];
      if (step === undefined || line.includes("✓")) return;
      progress(`Cluster: ${step}`);
      if (step.startsWith("Starting control-plane")) onNode(docker.getContainer(`${clusterName(sandbox)}-control-plane`));
    },
  });
  try {
    await creating;
  } catch (error) {
    signal.throwIfAborted();
    const [node] = await nodesOf(docker, sandbox, dataDir);
    throw node && error instanceof FlyteError ? await withNodeLog(error, docker.getContainer(node.id)) : error;
  }
}

/** kind says that a node is unwell; why is in the log of its kubelet. */
async function withNodeLog(error: FlyteError, node: Docker.Container): Promise<FlyteError> {
  try {
    const log = await runInContainer(node, ["journalctl", "--unit", "kubelet", "--no-pager", "--output", "cat", "--lines", "12"]);
    return new FlyteError({ ...errorFields(error), message: `${error.message}\nlast lines of the node's kubelet:\n${log.trimEnd()}` });
  } catch {
    return error;
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new FlyteError({
      code: "SANDBOX_KIND_CONFIG_UNREADABLE",
      blame: "usage",
      message: `the kind configuration cannot be read: ${messageOf(error)}`,
      hint: "name a file with --kind-config FILE",
      details: { file },
      cause: error,
    });
  }
}
