import { bytesField, concatBytes } from "../../../../idl/wire.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { nodeExecutionIdentifierOf } from "../../../../idl/identifiers.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { WorkflowDefinition } from "../../workflow-definition.ts";

/** Of Kubernetes objects of the parent: computed anew for each. */
const shardKeyLabel = "shard-key";

const numberOfInputs = 5;

/**
 * The encoded admin.ExecutionCreateRequest of a node's child execution: beside the parent, with all that the parent runs with.
 * `inputs`, an encoded LiteralMap, go as they are. Principal and nesting are admin's to say. `usualPrefix`: where raw data goes
 * when nobody says otherwise; that is not handed on, so that the child's own plan may say it. Flyte:
 * nodes/subworkflow/launchplan/admin.go Launch.
 */
export function launchRequest(
  { spec, executionSpec }: WorkflowDefinition,
  placed: PlacedNode,
  name: string,
  inputs: Uint8Array,
  usualPrefix: string,
): Uint8Array {
  const { project, domain } = spec.id;
  const { labels, annotations, securityContext, maxParallelism, rawOutputDataConfig, interruptible, overwriteCache, envs } = executionSpec;
  const { [shardKeyLabel]: _, ...values } = labels?.values ?? {};
  const own = placed.element?.env ?? {};
  const ownPairs = Object.entries(own).map(([key, value]) => ({ key, value }));
  const isUsual = rawOutputDataConfig?.outputLocationPrefix === usualPrefix;
  const request = flyteidl.admin.ExecutionCreateRequest.encode({
    project,
    domain,
    name,
    spec: {
      launchPlan: placed.node.workflowNode?.launchplanRef ?? null,
      metadata: {
        mode: flyteidl.admin.ExecutionMetadata.ExecutionMode.CHILD_WORKFLOW,
        nesting: 1,
        parentNodeExecution: nodeExecutionIdentifierOf({ execution: spec.id, nodeId: placed.uniqueId }),
      },
      labels: { values },
      annotations: { values: annotations?.values ?? {} },
      securityContext: securityContext ?? null,
      // What an array launches is bounded by the array alone. Flyte: nodes/array/execution_context.go.
      maxParallelism: placed.element ? 0 : (maxParallelism ?? 0),
      rawOutputDataConfig: isUsual ? null : (rawOutputDataConfig ?? null),
      interruptible: interruptible ?? null,
      overwriteCache: overwriteCache ?? false,
      envs: { values: [...(envs?.values ?? []).filter(({ key }) => key == null || !Object.hasOwn(own, key)), ...ownPairs] },
    },
  }).finish();
  return concatBytes(request, bytesField(numberOfInputs, inputs));
}
