import { kubeConnection } from "../../src/compute/kubernetes/kube-config.ts";
import { openKubernetes, type OpenKubernetes } from "../../src/compute/kubernetes/open-kubernetes.ts";
import type { Pod } from "../../src/ports/kubernetes-objects.ts";
import type { Logger } from "../../src/std/logger.ts";
import { systemClock } from "../../src/std/clock.ts";
import { systemRandom } from "../../src/std/random.ts";
import type { TestApiServer } from "../support/api-server.ts";

export const quiet: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The code under test, on a real API server; through `port` when something stands before it. */
export async function openCluster(server: TestApiServer, port?: number): Promise<OpenKubernetes & AsyncDisposable> {
  const connection = await kubeConnection(server.kubeconfig(port));
  const opened = openKubernetes({
    connection,
    podSelector: "execution-id",
    clock: systemClock,
    random: systemRandom,
    logger: quiet,
  });
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() };
}

/** A pod that only has a name. */
export function podOf(namespace: string, name: string, more: { readonly finalizers?: readonly string[] } = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { "execution-id": "e" }, ...more },
    spec: { containers: [{ name, image: "busybox" }], restartPolicy: "Never" },
  };
}

/** Resolves once `test` holds; fails with `what` after 40 s. */
export async function until<T>(what: string, test: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 40_000;
  for (;;) {
    const found = await test();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What kubelet would do. */
export async function patchStatus(server: TestApiServer, namespace: string, name: string, status: object): Promise<void> {
  const { status: code, body } = await server.call("PATCH", `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status });
  if (code !== 200) throw new Error(`status of ${name}: ${code} ${JSON.stringify(body)}`);
}
