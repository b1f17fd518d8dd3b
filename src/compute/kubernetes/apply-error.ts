import { KubernetesError } from "../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import { FlyteError } from "../../std/errors.ts";
import { describeObject } from "./describe-object.ts";

/** What went wrong with an object, for people: conflicts by field and manager, a namespace on its way out, a refusal. */
export function applyError(object: KubernetesObject, error: unknown): unknown {
  if (!(error instanceof KubernetesError)) return error;
  const what = describeObject(object);
  const conflicts = error.causes.flatMap(({ reason, field, message }) =>
    reason === "FieldManagerConflict" ? [{ field, manager: /^conflict with "([^"]*)"/.exec(message)?.[1] ?? message }] : [],
  );
  if (conflicts.length > 0) {
    return new FlyteError({
      code: "KUBERNETES_CONFLICT",
      blame: "environment",
      message: `${what} was changed by others: ${conflicts.map(({ field, manager }) => `${field} by ${manager}`).join(", ")}`,
      hint: `change it back, or delete it to have it made anew: ${deletion(object)}`,
      details: { object: what, conflicts },
      cause: error,
    });
  }
  if (error.causes.some(({ reason }) => reason === "NamespaceTerminating"))
    return goingError(object, object.metadata.namespace ?? "default");
  return new FlyteError({
    code: "KUBERNETES_REFUSED",
    blame: "environment",
    message: `the cluster refuses ${what}: ${error.message}`,
    hint: "see what the message names: rights, quotas, admission of the namespace, or fields that this Kubernetes does not know",
    details: { object: what, status: error.status, reason: error.reason },
    cause: error,
  });
}

/** KUBERNETES_GOING: the object, or the namespace it belongs in, is being deleted. */
export function goingError(object: KubernetesObject, namespace?: string): FlyteError {
  const what = describeObject(object);
  return new FlyteError({
    code: "KUBERNETES_GOING",
    blame: "environment",
    message: namespace === undefined ? `${what} is being deleted` : `${what} cannot be made: namespace ${namespace} is being deleted`,
    hint:
      namespace === undefined ? "try again when it is gone" : `try again when it is gone: kubectl wait --for=delete namespace/${namespace}`,
    details: { object: what, ...(namespace !== undefined && { namespace }) },
  });
}

/** KUBERNETES_FOREIGN: an object of that name is there, and we have not made it. */
export function foreignError(object: KubernetesObject, label: string): FlyteError {
  const what = describeObject(object);
  return new FlyteError({
    code: "KUBERNETES_FOREIGN",
    blame: "environment",
    message: `${what} is there already and does not carry the label ${label}: it is not ours`,
    hint: `use another cluster, or remove it if nobody needs it: ${deletion(object)}`,
    details: { object: what, label },
  });
}

function deletion({ kind = "", metadata: { name = "", namespace } }: KubernetesObject): string {
  return `kubectl delete ${kind.toLowerCase()} ${name}${namespace === undefined ? "" : ` --namespace ${namespace}`}`;
}
