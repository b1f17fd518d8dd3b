import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { EngineSettings } from "../../settings.ts";

type SecurityContext = flyteidl.core.SecurityContext.$Properties;
type Filled = { [key: string]: string };

/** What an execution runs with: the fields that a spec, a launch plan, a matchable resource and the settings share. */
export type ExecutionConfig = Pick<
  flyteidl.admin.WorkflowExecutionConfig.$Properties,
  "maxParallelism" | "securityContext" | "rawOutputDataConfig" | "labels" | "annotations" | "interruptible" | "overwriteCache" | "envs"
>;

/** What the settings say where nobody else does. */
export function systemExecutionConfig(
  settings: Pick<EngineSettings, "maxParallelism" | "rawOutputPrefix" | "nodeDefaults">,
): ExecutionConfig {
  return {
    maxParallelism: settings.maxParallelism,
    rawOutputDataConfig: { outputLocationPrefix: settings.rawOutputPrefix },
    interruptible: settings.nodeDefaults.interruptible ? { value: true } : null,
  };
}

/**
 * Fills in what `config` leaves open with `less`, a level of lower precedence. A field is taken whole: labels replace labels,
 * they are not united. Flyte: admin's merge of execution configurations.
 */
export function mergeExecutionConfig(config: ExecutionConfig, less: ExecutionConfig): void {
  if (!config.maxParallelism && (less.maxParallelism ?? 0) > 0) config.maxParallelism = less.maxParallelism;
  if (!runsAsSomebody(config.securityContext) && runsAsSomebody(less.securityContext)) config.securityContext = less.securityContext;
  if (!config.rawOutputDataConfig?.outputLocationPrefix && less.rawOutputDataConfig?.outputLocationPrefix) {
    config.rawOutputDataConfig = { outputLocationPrefix: less.rawOutputDataConfig.outputLocationPrefix };
  }
  config.labels = filled(config.labels?.values) ?? filled(less.labels?.values) ?? null;
  config.annotations = filled(config.annotations?.values) ?? filled(less.annotations?.values) ?? null;
  if (!config.envs?.values?.length && less.envs?.values?.length) config.envs = { values: less.envs.values };
  // Explicitly false counts: the wrapper is there.
  config.interruptible ??= less.interruptible ?? null;
  config.overwriteCache = (config.overwriteCache ?? false) || (less.overwriteCache ?? false);
}

function filled(values: Filled | null | undefined): { values: Filled } | undefined {
  return values && Object.keys(values).length > 0 ? { values } : undefined;
}

/** An identity that is empty counts for none: consoles send it. */
export function runsAsSomebody(context: SecurityContext | null | undefined): context is SecurityContext {
  const identity = context?.runAs;
  return Boolean(identity?.k8sServiceAccount || identity?.iamRole || identity?.executionIdentity);
}
