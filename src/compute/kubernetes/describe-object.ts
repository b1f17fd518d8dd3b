import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";

/** `Deployment flyte/minio` */
export function describeObject({ kind = "object", metadata: { name = "", namespace } }: KubernetesObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
