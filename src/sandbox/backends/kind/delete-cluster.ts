import { sandboxPaths } from "../../sandbox-paths.ts";
import { clusterName } from "./cluster-name.ts";
import { removeNetwork } from "./cluster-network.ts";
import { nodesOf } from "./cluster-node.ts";
import type { KindMachine } from "./kind-machine.ts";
import { runKind } from "./kind-program.ts";

/** Removes the sandbox's cluster, if there is one, and its network; never one that is not ours. Data stay. */
export async function deleteCluster({ docker, kind, engine }: KindMachine, sandbox: string, dataDir: string): Promise<void> {
  if ((await nodesOf(docker, sandbox, dataDir)).length > 0) {
    await runKind(kind, ["delete", "cluster", "--name", clusterName(sandbox), "--kubeconfig", sandboxPaths(sandbox).kubeconfig], {
      dockerAddress: engine.address,
    });
  }
  await removeNetwork(docker, sandbox);
}
