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
/** A server that starts before the one it needs ends and is tried again; after this often it is broken. */
const mostRestarts = 3;

/** Why a pod will never be ready by itself; undefined when it may. */
export function hopeless(pod: PodStatus): string | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  for (const { name, restartCount = 0, state } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason = "", message = "" } = state?.waiting ?? {};
    if ((lasting.has(reason) && !passing.test(message)) || (reason === "CrashLoopBackOff" && restartCount >= mostRestarts)) {
      return `container ${name}: ${reason}${message === "" ? "" : `: ${message}`}`;
    }
  }
  return undefined;
}
