/** Of a pod, what tells whether waiting for it makes sense. */
export interface PodStatus {
  readonly status?: {
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

/** Reasons that stay until somebody changes something. */
const lasting: ReadonlySet<string> = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "ImageInspectError",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);
/** Of a kubelet that has not heard yet of the secrets and configurations of a young cluster: it tries again by itself. */
const passing = /^failed to sync (secret|configmap) cache/;
/** A server that ends is tried again, later and later; after this often it is broken. */
const mostRestarts = 2;

/** How often the containers of a pod had been restarted. */
export type Restarts = ReadonlyMap<string, number>;

export function restartsOf(pod: PodStatus): Restarts {
  return new Map(statusesOf(pod).map(({ name, restartCount = 0 }) => [name, restartCount]));
}

/** Why a pod will never be ready by itself; undefined when it may. Restarts of `before` do not count: a node's start is one, too. */
export function hopeless(pod: PodStatus, before: Restarts = new Map()): string | undefined {
  for (const { name, restartCount = 0, state } of statusesOf(pod)) {
    const restarts = restartCount - (before.get(name) ?? 0);
    const { reason = "", message = "" } = state?.waiting ?? {};
    if ((lasting.has(reason) && !passing.test(message)) || (reason === "CrashLoopBackOff" && restarts >= mostRestarts)) {
      return `container ${name}: ${reason}${message === "" ? "" : `: ${message}`}`;
    }
  }
  return undefined;
}

function statusesOf({ status }: PodStatus): readonly ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}
