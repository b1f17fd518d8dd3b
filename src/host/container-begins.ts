import type { KubernetesCache } from "../ports/kubernetes-api.ts";
import type { Pod } from "../ports/kubernetes-objects.ts";

/** Whether a container of a pod runs or has run, so that it may have written something. */
export function hasBegun({ status = {} }: Pod, container: string): boolean {
  const { initContainerStatuses = [], containerStatuses = [] } = status;
  const found = [...initContainerStatuses, ...containerStatuses].find(({ name }) => name === container);
  return found?.state?.running !== undefined || found?.state?.terminated !== undefined || found?.lastState?.terminated !== undefined;
}

/** Resolves once the container has begun: true; false when it will not, since its pod is over or gone. Rejects when `signal` aborts. */
export function containerBegins(
  pods: Pick<KubernetesCache<Pod>, "find" | "subscribe">,
  at: { readonly namespace: string; readonly pod: string; readonly container: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const { namespace, container, signal } = at;
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      unsubscribe();
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    const look = async (): Promise<void> => {
      const pod = await pods.find(namespace, at.pod);
      if (pod && hasBegun(pod, container)) return end(() => resolve(true));
      const phase = pod?.status?.phase;
      if (!pod || phase === "Succeeded" || phase === "Failed") end(() => resolve(false));
    };
    const lookSafely = (): void => void look().catch((error: unknown) => end(() => reject(error as Error)));
    const unsubscribe = pods.subscribe(({ metadata }) => {
      if (metadata.namespace === namespace && metadata.name === at.pod) lookSafely();
    });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else lookSafely();
  });
}
