import type { Deployment } from "../deployment.ts";
import type { flyteidl } from "../../idl/flyteidl.ts";
import { cacheKeys } from "../../idl/cache-key.ts";
import type { CacheKeys } from "../../idl/cache-key.ts";
import { entityIdOf, nodeExecutionIdentifierOf } from "../../idl/identifiers.ts";
import type { NodeExecutionId } from "../../idl/identifiers.ts";
import type { LiteralMap, TaskTemplate, WorkflowNode } from "../../idl/types.ts";
import { hasStatus } from "../../idl/status.ts";
import { fetchClosure, nodeDefinitions, nodeName } from "../fetch/node-definitions.ts";
import { datasetName } from "./list-cache.ts";

/** A node execution with all that decides whether its outputs are cached, and by what key. */
export interface CachedNode {
  readonly id: NodeExecutionId;
  readonly node: flyteidl.admin.NodeExecution.$Properties;
  readonly name: string | undefined;
  readonly overwriteCache: boolean;
  /** Undefined for nodes that run no task. */
  readonly task: TaskTemplate | undefined;
  readonly cacheVersion: string;
  readonly inputs: LiteralMap;
  /** Undefined when the task's outputs are not cached; `uncached` says why. */
  readonly keys: CacheKeys | undefined;
  readonly uncached: string | undefined;
}

/** Reads a node execution's task, inputs and cache key. NOT_FOUND as StatusError when there is no such node execution. */
export async function fetchCachedNode({ admin }: Deployment, id: NodeExecutionId): Promise<CachedNode> {
  const identifier = nodeExecutionIdentifierOf(id);
  const [node, execution, data] = await Promise.all([
    admin.getNodeExecution({ id: identifier }),
    admin.getExecution({ id: { ...id.execution } }),
    admin.getNodeExecutionData({ id: identifier }).catch((error: unknown) => {
      if (hasStatus(error, "NOT_FOUND")) return undefined;
      throw error;
    }),
  ]);
  const closure = await fetchClosure(admin, execution.closure?.workflowId);
  const ofExecution = { nodeId: id.nodeId, specNodeId: node.metadata?.specNodeId || null };
  const definitions = nodeDefinitions(closure, ofExecution).filter((one) => one.taskNode?.referenceId != null);
  const dataset = node.closure?.taskNodeMetadata?.catalogKey?.datasetId?.name;
  const definition = definitions.find((one) => datasetName(one.taskNode?.referenceId?.name ?? "") === dataset) ?? definitions[0];
  const reference = definition?.taskNode?.referenceId;
  const task = reference == null ? undefined : ((await admin.getTask({ id: reference })).closure?.compiledTask?.template ?? undefined);
  const inputs = data?.fullInputs ?? {};
  const cacheVersion = definition?.metadata?.cacheVersion || task?.metadata?.discoveryVersion || "";
  const uncached = task === undefined ? "the node runs no task of its own" : whyUncached(task, definition, cacheVersion);
  const keys =
    uncached === undefined && task?.interface != null
      ? cacheKeys({
          task: entityIdOf(task.id),
          cacheVersion,
          interface: task.interface,
          inputs,
          ignoredInputs: task.metadata?.cacheIgnoreInputVars ?? [],
        })
      : undefined;
  const overwriteCache = execution.spec?.overwriteCache ?? false;
  return { id, node, name: nodeName(closure, ofExecution), overwriteCache, task, cacheVersion, inputs, keys, uncached };
}

function whyUncached(task: TaskTemplate, definition: WorkflowNode | undefined, cacheVersion: string): string | undefined {
  if (definition?.metadata?.cacheable === false) return "the workflow turns caching off for this node";
  if (!(definition?.metadata?.cacheable ?? task.metadata?.discoverable)) return "the task is not declared with cache=True";
  if (Object.keys(task.interface?.outputs?.variables ?? {}).length === 0) return "the task has no outputs, so there is nothing to cache";
  return cacheVersion.trim() === "" ? "the task has no cache version" : undefined;
}
