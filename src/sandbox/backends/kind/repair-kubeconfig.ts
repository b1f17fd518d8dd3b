import { sandboxPaths } from "../../sandbox-paths.ts";
import { mustBeOurs, withCluster } from "./cluster-client.ts";
import { clusterName } from "./cluster-name.ts";
import type { KindMachine } from "./kind-machine.ts";
import { runKind } from "./kind-program.ts";

/** What a cluster that runs has to answer in; one of this machine does in milliseconds. */
const answerMs = 3_000;

/** Has kind write the kubeconfig of the sandbox's cluster, whatever the file says so far. */
export async function exportKubeconfig({ kind, engine }: KindMachine, sandbox: string, signal?: AbortSignal): Promise<void> {
  const args = ["export", "kubeconfig", "--name", clusterName(sandbox), "--kubeconfig", sandboxPaths(sandbox).kubeconfig];
  await runKind(kind, args, { dockerAddress: engine.address, ...(signal && { signal }) });
}

/** Of a sandbox whose node runs: when its kubeconfig is gone, broken or leads elsewhere, it is written anew; true when it was. */
export async function repairKubeconfig(machine: KindMachine, sandbox: string): Promise<boolean> {
  try {
    await withCluster(sandbox, (client) => mustBeOurs(client, sandbox, AbortSignal.timeout(answerMs)));
    return false;
  } catch {
    await exportKubeconfig(machine, sandbox);
    return true;
  }
}
