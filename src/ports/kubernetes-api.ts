import type { KubernetesObject, Pod, PodTemplate } from "./kubernetes-objects.ts";

/** One of several reasons; a field such as `.spec.replicas`, where it is about one. */
export interface KubernetesCause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** An answer of the API server that is no success. */
export class KubernetesError extends Error {
  /** HTTP's. */
  readonly status: number;
  /** Kubernetes' own, e.g. `AlreadyExists`, `Forbidden`, `Invalid`; empty when the answer was not Kubernetes'. */
  readonly reason: string;
  readonly causes: readonly KubernetesCause[];

  constructor(status: number, reason: string, message: string, causes: readonly KubernetesCause[] = []) {
    super(message);
    this.name = "KubernetesError";
    this.status = status;
    this.reason = reason;
    this.causes = causes;
  }
}

/** What an informer knows of one resource; it follows the cluster by one watch. */
export interface KubernetesCache<T extends KubernetesObject> {
  /** The object as the informer last saw it; where it knows none, the API server is asked. */
  find(namespace: string, name: string): Promise<T | undefined>;
  /** Called with an object after each of its changes, and with its last state after its end. The returned function unsubscribes. */
  subscribe(listener: (object: T) => void): () => void;
}

/** One kind of resource. All calls are idempotent and reject with KubernetesError, or with what the network has done. */
export interface KubernetesResource<T extends KubernetesObject> extends KubernetesCache<T> {
  /** False when an object of that name is there already. */
  create(object: T): Promise<boolean>;
  /** Begins the end of an object; unknown ones are fine. `graceSeconds`: what its processes have, where it is not the object's own. */
  remove(namespace: string, name: string, graceSeconds?: number): Promise<void>;
  /** Takes one finalizer off an object; others stay. Unknown objects and finalizers are fine. */
  releaseFinalizer(namespace: string, name: string, finalizer: string): Promise<void>;
}

/** What task plugins need of a cluster. */
export interface KubernetesApi {
  readonly pods: KubernetesResource<Pod>;
  readonly podTemplates: KubernetesCache<PodTemplate>;
}
