import { flyteidl } from "../../../idl/flyteidl.ts";
import type { ExecutionSpec, LaunchPlanSpec } from "../../../idl/types.ts";
import type { EngineSettings } from "../../settings.ts";

export interface SpecSources {
  /** Undefined for a single task. */
  readonly plan: LaunchPlanSpec | undefined;
  /** Labels of the project: added where the key is not there yet. */
  readonly projectLabels: Readonly<Record<string, string>>;
  readonly settings: Pick<EngineSettings, "maxParallelism" | "rawOutputPrefix" | "nodeDefaults">;
}

type SecurityContext = flyteidl.core.SecurityContext.$Properties;

/**
 * What an execution runs with, into `spec`: for each field the execution's own, else the launch plan's, else the
 * settings'. A field is taken whole: labels of the execution replace the plan's, they are not united. Flyte: admin's
 * execution config merge.
 */
export function mergeExecutionSpec(spec: ExecutionSpec, { plan, projectLabels, settings }: SpecSources): void {
  spec.maxParallelism = spec.maxParallelism || plan?.maxParallelism || settings.maxParallelism;
  spec.securityContext = securityContext(spec, plan);
  if (!spec.rawOutputDataConfig?.outputLocationPrefix) {
    const outputLocationPrefix = plan?.rawOutputDataConfig?.outputLocationPrefix || settings.rawOutputPrefix;
    spec.rawOutputDataConfig = { outputLocationPrefix };
  }
  const labels = filled(spec.labels?.values) ?? filled(plan?.labels?.values) ?? {};
  spec.labels = { values: { ...projectLabels, ...labels } };
  spec.annotations = { values: filled(spec.annotations?.values) ?? filled(plan?.annotations?.values) ?? {} };
  if (!spec.envs?.values?.length) spec.envs = { values: plan?.envs?.values ?? [] };
  // Explicitly false counts: the wrapper is there.
  spec.interruptible ??= plan?.interruptible ?? (settings.nodeDefaults.interruptible ? { value: true } : null);
  spec.overwriteCache = (spec.overwriteCache ?? false) || (plan?.overwriteCache ?? false);
}

function filled(values: { [key: string]: string } | null | undefined): { [key: string]: string } | undefined {
  return values && Object.keys(values).length > 0 ? values : undefined;
}

function securityContext(spec: ExecutionSpec, plan: LaunchPlanSpec | undefined): SecurityContext | null {
  if (runsAsSomebody(spec.securityContext)) return spec.securityContext;
  if (runsAsSomebody(plan?.securityContext)) return plan.securityContext;
  const old = [spec.authRole, plan?.authRole, plan?.auth].find((role) => role?.assumableIamRole || role?.kubernetesServiceAccount);
  const iamRole = old ? old.assumableIamRole : plan?.role;
  if (!iamRole && !old?.kubernetesServiceAccount) return spec.securityContext ?? null;
  return { runAs: { iamRole: iamRole ?? "", k8sServiceAccount: old?.kubernetesServiceAccount ?? "" } };
}

function runsAsSomebody(context: SecurityContext | null | undefined): context is SecurityContext {
  const identity = context?.runAs;
  return Boolean(identity?.k8sServiceAccount || identity?.iamRole || identity?.executionIdentity);
}
