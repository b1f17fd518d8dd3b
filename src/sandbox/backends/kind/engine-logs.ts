import type { KubernetesObject } from "../../../ports/kubernetes-objects.ts";
import { FlyteError, messageOf } from "../../../std/errors.ts";
import type { LogOptions } from "../../log-options.ts";
import type { SandboxRecord } from "../../sandbox-record.ts";
import { foreignKubeconfig, withCluster } from "./cluster-client.ts";
import { runningNode } from "./running-node.ts";
import { namespace } from "./wait-for-deployment.ts";
import type { KubernetesClient } from "../../../compute/kubernetes/kubernetes-client.ts";
import { StatusError } from "../../../idl/status.ts";

/** A log that says nothing is held on to for this long. */
const silentMs = 24 * 3_600_000;

/** The lines of the engine's newest pod; with `follow` what it writes until `signal`, or until the pod ends. SANDBOX_NOT_RUNNING. */
export async function* engineLogs(record: SandboxRecord, options: LogOptions): AsyncGenerator<string> {
  const chunks = new TransformStream<string, string>();
  const writer = chunks.writable.getWriter();
  const copying = withCluster(record.name, async (client) => {
    const pod = await newestPod(client, options.signal);
    if (pod === undefined) throw new Error("there is no pod of the engine");
    const query = { container: "engine", tailLines: String(options.lines), ...(options.follow && { follow: "true" }) };
    const decoder = new TextDecoder();
    for await (const part of await client.stream(`/api/v1/namespaces/${namespace}/pods/${pod}/log`, query, silentMs, options.signal)) {
      await writer.write(decoder.decode(part, { stream: true }));
    }
  }).then(
    () => writer.close(),
    async (error: unknown) => (options.signal.aborted ? writer.close() : writer.abort(await explained(error, record))),
  );
  try {
    yield* chunks.readable;
  } finally {
    await copying.catch(() => {});
  }
}

async function newestPod(client: KubernetesClient, signal: AbortSignal): Promise<string | undefined> {
  const query = { labelSelector: "app.kubernetes.io/name=flyte" };
  const { items } = (await client.call("GET", `/api/v1/namespaces/${namespace}/pods`, { query, signal })) as {
    readonly items: readonly KubernetesObject[];
  };
  const age = ({ metadata }: KubernetesObject): string => metadata.creationTimestamp ?? "";
  return items.toSorted((one, two) => age(two).localeCompare(age(one)))[0]?.metadata.name;
}

/** A cluster that does not answer is one that was stopped, most likely; where its node runs, it was asked in the wrong place. */
async function explained(error: unknown, record: SandboxRecord): Promise<unknown> {
  const stopped =
    (error instanceof StatusError && error.status === "UNAVAILABLE") ||
    (error instanceof FlyteError && error.code === "KUBECONFIG_INVALID");
  if (!stopped) return error;
  try {
    await runningNode(record);
    return foreignKubeconfig(record.name, messageOf(error), error);
  } catch (notRunning) {
    return notRunning;
  }
}
