import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";

export type DeploymentState =
  | { readonly phase: "ready" }
  | { readonly phase: "waiting"; readonly why: string }
  | { readonly phase: "failed"; readonly why: string };

interface Deployment extends KubernetesObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** Whether all pods of a Deployment are as it says now, and available, and none of before are left. */
export function deploymentState({ metadata, spec, status = {} }: Deployment): DeploymentState {
  const wanted = spec?.replicas ?? 1;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0, conditions = [] } = status;
  // Until then all of the status is about what it was before.
  if (observedGeneration < Number(metadata["generation"] ?? 0)) return { phase: "waiting", why: "its change is not seen yet" };
  const progress = conditions.find(({ type }) => type === "Progressing");
  if (progress?.reason === "ProgressDeadlineExceeded") return { phase: "failed", why: progress.message ?? "it does not get on" };
  const refused = conditions.find(({ type, status: is }) => type === "ReplicaFailure" && is === "True");
  const why = refused?.message ?? `${Math.min(updatedReplicas, availableReplicas)} of ${wanted} available`;
  if (updatedReplicas < wanted || availableReplicas < wanted) return { phase: "waiting", why };
  if (replicas > updatedReplicas) return { phase: "waiting", why: "pods of before are still there" };
  return { phase: "ready" };
}
