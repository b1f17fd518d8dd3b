import { encodeLiteralMap } from "../../inputs.ts";
import { entityIdOf } from "../../../../idl/identifiers.ts";
import { messageOf } from "../../../../std/errors.ts";
import type { CacheState } from "../../state.ts";
import type { CatalogKey } from "../../../../ports/catalog.ts";
import type { ExecutionSpec, LiteralMap } from "../../../../idl/types.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { TaskExecutionId } from "../../../../idl/identifiers.ts";
import type { TaskOfNode } from "./task-of-node.ts";

/** Whether outputs are cached. A task without outputs is never cached. */
function isCacheable({ template, node }: TaskOfNode): boolean {
  const outputs = template.interface?.outputs;
  const isEmpty = outputs != null && Object.keys(outputs.variables ?? {}).length === 0;
  return (node.metadata?.cacheable ?? template.metadata?.discoverable ?? false) && template.interface != null && !isEmpty;
}

/** Whether one execution at a time makes the outputs of a key, while others wait for them. Who overwrites them does not wait. */
export function isSerialized(task: TaskOfNode, executionSpec: ExecutionSpec): boolean {
  const declared = task.node.metadata?.cacheSerializable ?? task.template.metadata?.cacheSerializable ?? false;
  return declared && isCacheable(task) && !executionSpec.overwriteCache;
}

/** What a task's outputs are cached by; undefined when they are not. */
export function catalogKeyOf(task: TaskOfNode, inputs: LiteralMap): CatalogKey | undefined {
  const { template, node } = task;
  if (!isCacheable(task) || template.interface == null) return undefined;
  return {
    task: entityIdOf(template.id),
    cacheVersion: node.metadata?.cacheVersion || template.metadata?.discoveryVersion || "",
    interface: template.interface,
    inputs,
    ignoredInputs: template.metadata?.cacheIgnoreInputVars ?? [],
  };
}

/**
 * Looks outputs up before the node is queued. A hit leaves them at `outputsUri`. Failing look-ups reject: they never
 * become a miss. Flyte: nodes/cache.go CheckCatalogCache.
 */
export async function lookUpCache(
  deps: PropellerDeps,
  key: CatalogKey | undefined,
  overwrite: boolean,
  outputsUri: string,
): Promise<CacheState> {
  if (!key) return { status: "CACHE_DISABLED" };
  if (overwrite) return { status: "CACHE_SKIPPED" };
  const hit = await deps.catalog.get(key);
  if (!hit) return { status: "CACHE_MISS" };
  await deps.blobs.put(outputsUri, encodeLiteralMap(hit.outputs), { isPutAgain: true });
  const { datasetId, artifactId, tag, source } = hit;
  return { status: "CACHE_HIT", datasetId, artifactId, tag, ...(source && { source }) };
}

/** Stores outputs after a miss. That it cannot be done does not fail the task. */
export async function fillCache(
  deps: PropellerDeps,
  key: CatalogKey,
  outputs: LiteralMap,
  producer: TaskExecutionId,
  overwrite: boolean,
): Promise<CacheState> {
  try {
    return { status: "CACHE_POPULATED", ...(await deps.catalog.put(key, outputs, producer, { overwrite })) };
  } catch (thrown) {
    deps.logger.warn("outputs were not cached", { task: key.task.name, execution: producer.node.execution.name, error: messageOf(thrown) });
    return { status: "CACHE_PUT_FAILURE" };
  }
}
