import type { Affinity, NodeSelectorRequirement } from "../../ports/kubernetes-objects.ts";

/** Adds what a node must have. Terms are alternatives, so each of them gets it; without any, it becomes the only one. */
export function requireOfNode(affinity: Affinity | undefined, requirement: NodeSelectorRequirement): Affinity {
  const node = affinity?.nodeAffinity;
  const required = node?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms ?? [];
  const nodeSelectorTerms =
    terms.length === 0
      ? [{ matchExpressions: [requirement] }]
      : terms.map((term) => ({ ...term, matchExpressions: [...(term.matchExpressions ?? []), requirement] }));
  return {
    ...affinity,
    nodeAffinity: { ...node, requiredDuringSchedulingIgnoredDuringExecution: { ...required, nodeSelectorTerms } },
  };
}
