import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { ExecutionSpec, LaunchPlanSpec } from "../../../idl/types.ts";
import type { ExecutionAttributes } from "../attributes/matching-attributes.ts";
import type { EngineSettings } from "../../settings.ts";
import { mergeExecutionConfig, runsAsSomebody, systemExecutionConfig } from "./execution-config.ts";

export interface SpecSources {
  /** Undefined for a single task. */
  readonly plan: LaunchPlanSpec | undefined;
  readonly attributes: Pick<ExecutionAttributes, "configs" | "clusterAssignment">;
  /** Labels of the project: added where the key is not there yet. */
  readonly projectLabels: Readonly<Record<string, string>>;
  readonly settings: Pick<EngineSettings, "maxParallelism" | "rawOutputPrefix" | "nodeDefaults">;
}

/**
 * What an execution runs with, into `spec`: for each field the execution's own, else the launch plan's, else that of the
 * matchable resources, for its identity then the roles of older clients, else the settings'. Flyte: admin's execution manager.
 */
export function mergeExecutionSpec(spec: ExecutionSpec, { plan, attributes, projectLabels, settings }: SpecSources): void {
  if (plan) mergeExecutionConfig(spec, plan);
  for (const config of attributes.configs) mergeExecutionConfig(spec, config);
  if (!runsAsSomebody(spec.securityContext)) spec.securityContext = ofOldRoles(spec, plan) ?? spec.securityContext ?? null;
  mergeExecutionConfig(spec, systemExecutionConfig(settings));
  spec.labels = { values: { ...projectLabels, ...spec.labels?.values } };
  spec.annotations ??= { values: {} };
  spec.envs ??= { values: [] };
  if (!spec.clusterAssignment?.clusterPoolName && attributes.clusterAssignment) spec.clusterAssignment = attributes.clusterAssignment;
}

function ofOldRoles(spec: ExecutionSpec, plan: LaunchPlanSpec | undefined): flyteidl.core.SecurityContext.$Properties | undefined {
  const old = [spec.authRole, plan?.authRole, plan?.auth].find((role) => role?.assumableIamRole || role?.kubernetesServiceAccount);
  const iamRole = old ? old.assumableIamRole : plan?.role;
  if (!iamRole && !old?.kubernetesServiceAccount) return undefined;
  return { runAs: { iamRole: iamRole ?? "", k8sServiceAccount: old?.kubernetesServiceAccount ?? "" } };
}
