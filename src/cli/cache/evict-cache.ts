import type { EntityId } from "../../idl/identifiers.ts";
import { hasStatus } from "../../idl/status.ts";
import { FlyteError } from "../../std/errors.ts";
import type { Answer } from "../answer.ts";
import type { Deployment } from "../deployment.ts";
import { listAnswer } from "../listing.ts";
import { runTarget } from "../target.ts";
import { catalogCall } from "./catalog-call.ts";
import { fetchCachedArtifacts, nothingCached } from "./show-cache.ts";
import { datasetName } from "./list-cache.ts";

interface Eviction {
  readonly task: string;
  readonly version: string;
  readonly tag: string;
  /** planned: by --dry-run. gone: somebody else evicted it meanwhile. */
  readonly outcome: "evicted" | "planned" | "gone";
}

interface Cached {
  readonly dataset: EntityId;
  readonly tag: string;
}

/**
 * Forgets one cached result (of a node execution), or all of a task in the project and domain. FlyteError NOT_CACHED when
 * there is none.
 */
export async function evictCache(
  deployment: Deployment,
  target: string,
  flags: { readonly version?: string | undefined; readonly dryRun: boolean },
): Promise<Answer> {
  const found = /^(ne|te):/.test(target) ? await ofNode(deployment, target) : await ofTask(deployment, target, flags.version);
  const items: Eviction[] = [];
  for (const { dataset, tag } of found) {
    const outcome = flags.dryRun ? "planned" : await evict(deployment, dataset, tag);
    items.push({ task: dataset.name.replace(/^flyte_task-/, ""), version: dataset.version, tag, outcome });
  }
  return listAnswer(items, "", (all) => ({
    columns: ["task", "version", "key", "outcome"],
    rows: all.map((one) => [one.task, one.version, one.tag, one.outcome]),
  }));
}

async function ofNode(deployment: Deployment, target: string): Promise<Cached[]> {
  // It makes cache keys, which loads all of flyteidl's reflection.
  const { fetchCachedNode } = await import("./cached-node.ts");
  const run = runTarget(target, deployment);
  const id = run.kind === "task_execution" ? run.id.node : run.kind === "node_execution" ? run.id : undefined;
  const node = id && (await fetchCachedNode(deployment, id));
  if (!node?.keys) throw nothingCached(target, `its outputs are not cached: ${node?.uncached ?? "it is no node"}`);
  const { datasetId: dataset, tag } = node.keys;
  try {
    await catalogCall(deployment.endpoint, deployment.admin.getArtifact({ dataset: { ...dataset }, tagName: tag }));
  } catch (error) {
    if (!hasStatus(error, "NOT_FOUND")) throw error;
    throw nothingCached(target, "its outputs are not in the cache, or not any more");
  }
  return [{ dataset, tag }];
}

async function ofTask(deployment: Deployment, target: string, version: string | undefined): Promise<Cached[]> {
  const artifacts = await fetchCachedArtifacts(deployment, target, { version, limit: 10_000 });
  return artifacts.flatMap(({ project, domain, task, version: datasetVersion, keys }) =>
    keys.map((tag) => ({ dataset: { project, domain, name: datasetName(task), version: datasetVersion }, tag })),
  );
}

async function evict({ admin, endpoint }: Deployment, dataset: EntityId, tag: string): Promise<"evicted" | "gone"> {
  try {
    await admin.deleteCache({ key: [dataset.project, dataset.domain, dataset.name, dataset.version, tag].join("/") });
    return "evicted";
  } catch (error) {
    if (hasStatus(error, "NOT_FOUND")) return "gone";
    if (!hasStatus(error, "UNIMPLEMENTED")) throw error;
    throw new FlyteError({
      code: "EVICTION_UNSUPPORTED",
      blame: "deployment",
      message: `${endpoint} does not let cached results be evicted one by one`,
      hint: "raise the task's cache_version, or launch with --overwrite-cache",
      details: { endpoint },
      cause: error,
    });
  }
}
