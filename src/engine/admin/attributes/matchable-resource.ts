import { flyteidl } from "../../../idl/flyteidl.ts";
import type { MatchableScope } from "../../../ports/state-store.ts";
import { invalidArgument, invalidField, missingField } from "../refusals.ts";

type MatchingAttributes = flyteidl.admin.MatchingAttributes.$Properties;

const { MatchableResource } = flyteidl.admin;
export type MatchableResourceName = keyof typeof flyteidl.admin.MatchableResource;

const targets = {
  taskResourceAttributes: "TASK_RESOURCE",
  clusterResourceAttributes: "CLUSTER_RESOURCE",
  executionQueueAttributes: "EXECUTION_QUEUE",
  executionClusterLabel: "EXECUTION_CLUSTER_LABEL",
  qualityOfService: "QUALITY_OF_SERVICE_SPECIFICATION",
  pluginOverrides: "PLUGIN_OVERRIDE",
  workflowExecutionConfig: "WORKFLOW_EXECUTION_CONFIG",
  clusterAssignment: "CLUSTER_ASSIGNMENT",
} as const satisfies Partial<Record<keyof MatchingAttributes, MatchableResourceName>>;

/**
 * Which kind of attributes an update holds; `whose` names the scope in the refusal of one that holds none. Flyte: admin's
 * attributes validation, which also takes quality of service for none.
 */
export function resourceTypeOf(attributes: MatchingAttributes | null | undefined, whose: string): MatchableResourceName {
  if (attributes == null) throw missingField("matching_attributes");
  for (const [target, resourceType] of Object.entries(targets)) {
    if (attributes[target as keyof typeof targets] != null) return resourceType;
  }
  throw invalidArgument(`Unrecognized matching attributes type for request ${whose}`);
}

/** The name of a resource type that a request asks for; INVALID_ARGUMENT for one there is not. */
export function resourceTypeName(value: number | null | undefined): MatchableResourceName {
  const name: string | undefined = MatchableResource[value ?? 0];
  if (name === undefined || !Object.hasOwn(MatchableResource, name)) throw invalidField("resource_type");
  return name as MatchableResourceName;
}

/** A scope from its parts, those left out standing for all. */
export const scopeOf = (project: string, domain = "", workflow = "", launchPlan = ""): MatchableScope => ({
  project,
  domain,
  workflow,
  launchPlan,
});
