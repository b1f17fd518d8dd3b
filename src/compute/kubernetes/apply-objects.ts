import { KubernetesError } from "../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import type { Clock } from "../../std/clock.ts";
import { applyError, foreignError, goingError } from "./apply-error.ts";
import { describeObject } from "./describe-object.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { inOrder, objectPath } from "./manifest-kinds.ts";
import { fieldManager, type OwnerLabel, ownerSelector } from "./owner-label.ts";
import { patiently } from "./patiently.ts";
import { pruneObjects } from "./prune-objects.ts";

export interface ApplyOptions {
  /** On every one of the objects; what lacks it in the cluster is not ours and is left alone. */
  readonly owner: OwnerLabel;
  /** Whether objects that carry the label and are not among these are deleted, where we have applied them. */
  readonly prune: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Objects by what became of them: `Deployment flyte/minio`. */
export interface Applied {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly same: readonly string[];
  readonly pruned: readonly string[];
}

/**
 * Makes the cluster have these objects, by server-side apply as the field manager `flyte`: what others have set in fields that
 * we do not name stays. What is there already stays as it is. FlyteErrors: KUBERNETES_CONFLICT names the fields that another
 * manager has set otherwise, KUBERNETES_FOREIGN an object that is not ours, KUBERNETES_GOING one that is being deleted,
 * KUBERNETES_REFUSED has the server's own words. What was applied before stays; nothing is pruned then.
 */
export async function applyObjects(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  options: ApplyOptions,
): Promise<Applied> {
  const { owner, prune } = options;
  for (const object of objects) {
    // Of a kind that is not known: before anything is done.
    objectPath(object);
    if (object.metadata.labels?.[owner.label] !== owner.value) throw new Error(`${describeObject(object)} lacks ${ownerSelector(owner)}`);
  }
  const applied = { created: [] as string[], changed: [] as string[], same: [] as string[] };
  const kept = new Set<string>();
  for (const object of inOrder(objects)) {
    const { change, uid } = await applyObject(client, object, options);
    applied[change].push(describeObject(object));
    kept.add(uid);
  }
  return { ...applied, pruned: prune ? await pruneObjects(client, kept, options) : [] };
}

async function applyObject(
  client: KubernetesClient,
  object: KubernetesObject,
  { owner, clock, signal }: ApplyOptions,
): Promise<{ readonly change: "created" | "changed" | "same"; readonly uid: string }> {
  const path = objectPath(object);
  const extra = signal && { signal };
  try {
    const before = await patiently(clock, signal, () => client.call("GET", path, { ...extra }) as Promise<KubernetesObject>).catch(absent);
    if (before && before.metadata.labels?.[owner.label] !== owner.value) throw foreignError(object, ownerSelector(owner));
    if (before?.metadata.deletionTimestamp !== undefined) throw goingError(object);
    const request = {
      query: { fieldManager, fieldValidation: "Strict" },
      body: withData(object),
      contentType: "application/apply-patch+yaml",
      ...extra,
    };
    const { metadata } = await patiently(clock, signal, () => client.call("PATCH", path, request) as Promise<KubernetesObject>);
    const same = before?.metadata.resourceVersion === metadata.resourceVersion;
    return { change: before ? (same ? "same" : "changed") : "created", uid: metadata.uid ?? "" };
  } catch (error) {
    throw applyError(object, error);
  }
}

function absent(error: unknown): undefined {
  if (error instanceof KubernetesError && error.status === 404) return undefined;
  throw error;
}

/** A secret's texts are an addition of the API: as data, a key that is left out is taken away. */
function withData(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "Secret") return object;
  const { stringData, data, ...rest } = object as KubernetesObject & {
    readonly stringData?: Readonly<Record<string, string>>;
    readonly data?: Readonly<Record<string, string>>;
  };
  const encoded = Object.entries(stringData ?? {}).map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } } as KubernetesObject;
}
