import { Informer } from "../../../compute/kubernetes/informer.ts";
import type { KubernetesClient } from "../../../compute/kubernetes/kubernetes-client.ts";
import { type OwnerLabel, ownerSelector } from "../../../compute/kubernetes/owner-label.ts";
import { waitUntilReady } from "../../../compute/kubernetes/wait-until-ready.ts";
import type { KubernetesObject } from "../../../ports/kubernetes-objects.ts";
import { systemClock } from "../../../std/clock.ts";
import { FlyteError, messageOf } from "../../../std/errors.ts";
import type { Logger } from "../../../std/logger.ts";
import { systemRandom } from "../../../std/random.ts";
import { explainPods } from "./explain-pods.ts";
import { hopeless, type PodStatus, type Restarts, restartsOf } from "./hopeless.ts";

export const namespace = "flyte";

interface Deployment extends KubernetesObject {
  readonly spec: { readonly template: Template };
}

interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly { readonly image?: string }[] };
}

type Pod = KubernetesObject & PodStatus & Template;

export interface DeploymentWait {
  readonly owner: OwnerLabel;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

// A watch that ends is begun again; whoever waits is told when it is too late.
const silent: Logger = { info() {}, warn() {}, error() {} };

/**
 * Resolves when a deployment among the objects that were applied runs as it was applied. SANDBOX_NOT_READY after `timeoutMs`, or
 * as soon as a pod of it cannot start, with what its containers last said and the events of its pods.
 */
export async function waitForDeployment(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  name: string,
  { owner, timeoutMs, signal }: DeploymentWait,
): Promise<void> {
  const applied = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === name) as Deployment | undefined;
  if (!applied) throw new Error(`no deployment ${name} was applied`);
  const pods = new Informer<Pod>({
    client,
    path: `/api/v1/namespaces/${namespace}/pods`,
    labelSelector: `app.kubernetes.io/name=${name},${ownerSelector(owner)}`,
    clock: systemClock,
    random: systemRandom,
    logger: silent,
  });
  const giveUp = new AbortController();
  let reason: string | undefined;
  const before = new Map<string, Restarts>();
  pods.subscribe((pod) => {
    const { uid = "" } = pod.metadata;
    if (!before.has(uid)) before.set(uid, restartsOf(pod));
    reason ??= isOf(applied.spec.template, pod) ? hopeless(pod, before.get(uid)) : undefined;
    if (reason !== undefined) giveUp.abort();
  });
  pods.start();
  try {
    const options = { owner, timeoutMs, clock: systemClock, random: systemRandom, logger: silent };
    await waitUntilReady(client, [applied], { ...options, signal: AbortSignal.any([signal, giveUp.signal]) });
  } catch (error) {
    signal.throwIfAborted();
    throw new FlyteError({
      code: "SANDBOX_NOT_READY",
      blame: "environment",
      message: `${name} does not run: ${reason ?? messageOf(error)}\n${await explainPods(client, namespace, name)}`.trimEnd(),
      hint: "mend what it names and start again; --retain keeps the cluster, to be looked at with kubectl; --timeout gives it longer",
      details: { deployment: name },
    });
  } finally {
    await pods.stop();
  }
}

/** A pod of an earlier template says nothing: it is there until the controllers, which rest after a node's start, have seen the new one. */
function isOf({ metadata, spec }: Template, pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined || imagesOf(spec) !== imagesOf(pod.spec)) return false;
  return Object.entries(metadata?.annotations ?? {}).every(([key, value]) => pod.metadata.annotations?.[key] === value);
}

const imagesOf = ({ containers }: Template["spec"]): string => containers.map(({ image }) => image).join(" ");
