import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import type { Clock } from "../../std/clock.ts";
import { FlyteError } from "../../std/errors.ts";
import type { Logger } from "../../std/logger.ts";
import type { Random } from "../../std/random.ts";
import { deploymentState, type DeploymentState } from "./deployment-state.ts";
import { describeObject } from "./describe-object.ts";
import { Informer } from "./informer.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { type OwnerLabel, ownerSelector } from "./owner-label.ts";

export interface WaitOptions {
  readonly owner: OwnerLabel;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** `Deployment flyte/minio`, as each of them gets ready. */
  readonly onReady?: (object: string) => void;
}

/**
 * Resolves once each Deployment among the objects runs as it was applied last, told by a watch; other kinds are ready as they are
 * there. FlyteError KUBERNETES_NOT_READY names those that are not in time, or never will be.
 */
export async function waitUntilReady(client: KubernetesClient, objects: readonly KubernetesObject[], options: WaitOptions): Promise<void> {
  const { owner, timeoutMs, clock, random, logger, signal, onReady } = options;
  const waiting = new Map<string, string>();
  for (const object of objects) if (object.kind === "Deployment") waiting.set(describeObject(object), "it is not there yet");
  if (waiting.size === 0) return;
  signal?.throwIfAborted();
  const informer = new Informer<KubernetesObject>({
    client,
    path: "/apis/apps/v1/deployments",
    labelSelector: ownerSelector(owner),
    clock,
    random,
    logger,
  });
  let cancel = (): void => undefined;
  let onAbort = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(signal?.reason);
      signal?.addEventListener("abort", onAbort);
      cancel = clock.at(clock.now() + timeoutMs, () => reject(notReady(waiting, `within ${Math.round(timeoutMs / 1000)} s`)));
      informer.subscribe((object) => {
        const name = describeObject({ ...object, kind: "Deployment" });
        if (!waiting.has(name)) return;
        const state: DeploymentState = deploymentState(object);
        if (state.phase === "failed") return reject(notReady(new Map([[name, state.why]]), "and will not be"));
        if (state.phase === "waiting") return void waiting.set(name, state.why);
        waiting.delete(name);
        onReady?.(name);
        if (waiting.size === 0) resolve();
      });
      informer.start();
    });
  } finally {
    cancel();
    signal?.removeEventListener("abort", onAbort);
    await informer.stop();
  }
}

function notReady(waiting: ReadonlyMap<string, string>, how: string): FlyteError {
  const each = [...waiting].map(([name, why]) => `${name} (${why})`).join(", ");
  return new FlyteError({
    code: "KUBERNETES_NOT_READY",
    blame: "environment",
    message: `not ready ${how}: ${each}`,
    hint: "see what its pods say: kubectl describe pods, kubectl logs",
    details: { waiting: Object.fromEntries(waiting) },
  });
}
