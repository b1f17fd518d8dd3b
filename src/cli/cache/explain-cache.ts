import { flyteidl } from "../../idl/flyteidl.ts";
import { entityIdOf, taskExecutionIdOf } from "../../idl/identifiers.ts";
import { hasStatus } from "../../idl/status.ts";
import { formatUrn } from "../../idl/urn.ts";
import type { Answer } from "../answer.ts";
import type { Deployment } from "../deployment.ts";
import { timeText } from "../../idl/literals/literal-value.ts";
import { runTarget, wrongTarget } from "../target.ts";
import { sourceUrn } from "./artifact-source.ts";
import { countsByPlace } from "./cache-difference.ts";
import { catalogCall } from "./catalog-call.ts";
import { fetchCachedNode } from "./cached-node.ts";
import type { CachedNode } from "./cached-node.ts";
import type { CacheExplanation } from "./cache-explanation.ts";
import { differencesSentence, explanationText } from "./cache-explanation.ts";
import { nearestArtifact } from "./nearest-artifact.ts";

/** Why a node execution found its outputs in the cache, or did not. */
export async function explainCache(deployment: Deployment, target: string): Promise<Answer> {
  const found = target.startsWith("ne:") ? runTarget(target, deployment) : undefined;
  if (found?.kind !== "node_execution") throw wrongTarget(target, ["node_execution"]);
  const node = await fetchCachedNode(deployment, found.id);
  const explanation = { ...about(node), ...(await judge(deployment, node)) };
  return { data: explanation, urns: [explanation.urn], text: (width) => explanationText(explanation, width) };
}

type Judgement = Pick<CacheExplanation, "outcome" | "reason" | "hint" | "source" | "nearest">;

function about(node: CachedNode): Omit<CacheExplanation, keyof Judgement> {
  const statuses = flyteidl.core.CatalogCacheStatus as unknown as Record<number, string>;
  const metadata = node.node.closure?.taskNodeMetadata;
  return {
    urn: formatUrn({ kind: "node_execution", id: node.id }),
    name: node.name ?? null,
    task: node.task?.id == null ? null : formatUrn({ kind: "task", ...entityIdOf(node.task.id) }),
    status: metadata == null ? null : (statuses[metadata.cacheStatus ?? 0] ?? null),
    key: node.keys ? { dataset: node.keys.datasetId, tag: node.keys.tag } : null,
    ignoredInputs: node.task?.metadata?.cacheIgnoreInputVars ?? [],
  };
}

async function judge(deployment: Deployment, node: CachedNode): Promise<Judgement> {
  const none = { hint: null, source: null, nearest: null };
  const status = flyteidl.core.CatalogCacheStatus;
  const given = node.node.closure?.taskNodeMetadata?.cacheStatus ?? status.CACHE_DISABLED;
  if (node.uncached !== undefined || !node.keys) {
    const hint = node.task === undefined ? null : 'cache it with: @task(cache=True, cache_version="1")';
    return { ...none, outcome: "disabled", reason: node.uncached ?? "it has no cache key", hint };
  }
  if (given === status.CACHE_HIT) return hit(deployment, node);
  if (node.overwriteCache) {
    const replaced = given === status.CACHE_POPULATED ? "; what it made has replaced what was cached" : "";
    return {
      ...none,
      outcome: "skipped",
      reason: `the execution was launched with --overwrite-cache, so nothing was looked up${replaced}`,
    };
  }
  if (given === status.CACHE_SKIPPED) return { ...none, outcome: "skipped", reason: "the look-up was skipped" };
  if (given === status.CACHE_DISABLED)
    return { ...none, outcome: "disabled", reason: "the task is declared to be cached, but the deployment did not look it up" };
  if (given === status.CACHE_LOOKUP_FAILURE)
    return { ...none, outcome: "lookup failed", reason: "the deployment could not ask its catalog", hint: "look at its logs" };
  return missed(deployment, node, given === status.CACHE_PUT_FAILURE);
}

async function hit({ admin, endpoint }: Deployment, node: CachedNode): Promise<Judgement> {
  const catalogKey = node.node.closure?.taskNodeMetadata?.catalogKey;
  const { datasetId, artifactTag, sourceTaskExecution } = catalogKey ?? {};
  const source =
    sourceTaskExecution == null ? null : formatUrn({ kind: "node_execution", id: taskExecutionIdOf(sourceTaskExecution).node });
  let createdAt: string | null = null;
  let hint: string | null = null;
  try {
    const { project, domain, name, version } = entityIdOf(datasetId);
    const request = { dataset: { project, domain, name, version }, tagName: artifactTag?.name ?? "" };
    const { artifact } = await catalogCall(endpoint, admin.getArtifact(request));
    // What is found by the same key now may have been cached after the one that was taken had been evicted.
    if (!artifactTag?.artifactId || artifact?.id === artifactTag.artifactId) createdAt = timeText(artifact?.createdAt);
    else
      hint = `it has been evicted since; the next launch will find what ${(artifact && sourceUrn(artifact)) ?? "another run"} has cached in its place`;
  } catch (error) {
    if (!hasStatus(error, "NOT_FOUND")) throw error;
    hint = "it has been evicted since, so the next launch will not find it";
  }
  const reason = `task, cache version, interface and inputs are those of ${source ?? "an earlier run"}`;
  return { outcome: "hit", reason, hint, source: { urn: source, createdAt, artifactId: artifactTag?.artifactId ?? "" }, nearest: null };
}

async function missed(deployment: Deployment, node: CachedNode, putFailed: boolean): Promise<Judgement> {
  const nearest = await nearestArtifact(deployment, node);
  const task = node.task?.id?.name ?? "the task";
  const because = nearest ? differencesSentence(nearest) : `nothing was cached of ${task} before, or it has been evicted since`;
  const reason = putFailed ? `${because}; what it made could not be stored, so the next launch will miss too` : because;
  const places = (nearest?.differences ?? []).filter(
    ({ what, name }) => what === "input" && countsByPlace(node.inputs.literals?.[name ?? ""]),
  );
  const hint =
    places.length > 0 && places.length === nearest?.differences.length
      ? `${places.map(({ name }) => name).join(" and ")} counts by where it is stored, which is new with every run that makes it: cache the task that makes it, or give it a content hash (flytekit's HashMethod)`
      : null;
  return { outcome: putFailed ? "put failed" : "miss", reason, hint, source: null, nearest: nearest ?? null };
}
