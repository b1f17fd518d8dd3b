/** Where a kind of Kubernetes object holds the template of its pods; undefined for kinds that have none. */
export function podTemplatePath(kind: string): readonly string[] | undefined {
  switch (kind) {
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicaSet":
    case "Job":
      return ["spec", "template"];
    case "CronJob":
      return ["spec", "jobTemplate", "spec", "template"];
    default:
      return undefined;
  }
}
