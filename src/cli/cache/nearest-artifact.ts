import type { datacatalog } from "../../idl/flyteidl.ts";
import type { NodeExecutionId } from "../../idl/identifiers.ts";
import { nodeExecutionIdentifierOf } from "../../idl/identifiers.ts";
import { formatUrn } from "../../idl/urn.ts";
import { hasStatus } from "../../idl/status.ts";
import { fromTimestamp } from "../../idl/time.ts";
import type { LiteralMap, TypedInterface } from "../../idl/types.ts";
import type { Deployment } from "../deployment.ts";
import { timeText } from "../../idl/literals/literal-value.ts";
import { sourceOf, sourceUrn } from "./artifact-source.ts";
import type { CachedNode } from "./cached-node.ts";
import { datasetVersionParts, inputDifferences, interfaceDifferences } from "./cache-difference.ts";
import type { CacheDifference } from "./cache-difference.ts";
import { catalogCall } from "./catalog-call.ts";

/** The cached result that a run came nearest to. */
export interface NearestArtifact {
  readonly artifactId: string;
  readonly datasetVersion: string;
  readonly createdAt: string | null;
  /** Whose outputs they are; null when the artifact does not say. */
  readonly source: string | null;
  /** False when the inputs of the source cannot be read any more: they may differ too. */
  readonly inputsKnown: boolean;
  readonly differences: readonly CacheDifference[];
}

interface Candidate {
  readonly dataset: datacatalog.Dataset.$Properties;
  readonly artifact: datacatalog.Artifact.$Properties;
}

const mostDatasets = 10;
const mostArtifacts = 50;
const mostSources = 20;

/**
 * Of the results of the task that were cached before the node was looked up, the one that differs least: first by project
 * and domain, then cache version and interface, then by the number of inputs, then the newest. Undefined when there is none.
 */
export async function nearestArtifact(deployment: Deployment, node: CachedNode): Promise<NearestArtifact | undefined> {
  if (!node.keys) return undefined;
  const { admin, endpoint } = deployment;
  const name = node.keys.datasetId.name;
  const filter = { filters: [{ datasetFilter: { name } }] };
  const reply = await catalogCall(endpoint, admin.listDatasets({ filter, pagination: { limit: 1000 } }));
  const byDistance = Map.groupBy(reply.datasets ?? [], (dataset) => distance(dataset.id, node));
  for (const far of [...byDistance.keys()].sort((a, b) => a - b)) {
    const candidates = await earlierArtifacts(deployment, (byDistance.get(far) ?? []).slice(0, mostDatasets), node);
    const nearest = await withFewestDifferences(deployment, candidates.slice(0, mostSources), node);
    if (nearest) return nearest;
  }
  return undefined;
}

function distance(id: datacatalog.DatasetID.$Properties | null | undefined, { keys }: CachedNode): number {
  const own = keys?.datasetId;
  const [there, here] = [datasetVersionParts(id?.version ?? ""), datasetVersionParts(own?.version ?? "")];
  const elsewhere = Number(id?.project !== own?.project) + Number(id?.domain !== own?.domain);
  const otherwise = (["cacheVersion", "inputs", "outputs"] as const).filter((part) => there[part] !== here[part]).length;
  return elsewhere * 10 + otherwise;
}

/** Newest first; without the node's own. */
async function earlierArtifacts(
  { admin, endpoint }: Deployment,
  datasets: readonly datacatalog.Dataset.$Properties[],
  node: CachedNode,
): Promise<Candidate[]> {
  const lookedUp = fromTimestamp(node.node.closure?.createdAt) ?? Number.POSITIVE_INFINITY;
  const madeAt = ({ artifact }: Candidate): number => fromTimestamp(artifact.createdAt) ?? 0;
  const own = formatUrn({ kind: "node_execution", id: node.id });
  const lists = await Promise.all(
    datasets.map(async (dataset) => {
      const request = { dataset: dataset.id ?? {}, pagination: { limit: mostArtifacts } };
      const { artifacts } = await catalogCall(endpoint, admin.listArtifacts(request));
      return (artifacts ?? []).map((artifact) => ({ dataset, artifact }));
    }),
  );
  return lists
    .flat()
    .filter((candidate) => madeAt(candidate) <= lookedUp && sourceUrn(candidate.artifact) !== own)
    .sort((a, b) => madeAt(b) - madeAt(a));
}

async function withFewestDifferences(
  deployment: Deployment,
  candidates: readonly Candidate[],
  node: CachedNode,
): Promise<NearestArtifact | undefined> {
  const compared = await Promise.all(candidates.map((candidate) => compare(deployment, candidate, node)));
  const rank = ({ inputsKnown, differences }: NearestArtifact): number => (inputsKnown ? differences.length : Number.POSITIVE_INFINITY);
  // The sort is stable: of equals the newest comes first.
  return compared.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))[0];
}

async function compare(deployment: Deployment, { dataset, artifact }: Candidate, node: CachedNode): Promise<NearestArtifact> {
  const [there, here] = [dataset.id ?? {}, node.keys?.datasetId];
  const differences: CacheDifference[] = [];
  const add = (what: "project" | "domain" | "cache version", cached: unknown, current: unknown): void => {
    if (cached !== current) differences.push({ what, name: null, cached, current });
  };
  const [old, now] = [datasetVersionParts(there.version ?? ""), datasetVersionParts(here?.version ?? "")];
  add("project", there.project, here?.project);
  add("domain", there.domain, here?.domain);
  add("cache version", old.cacheVersion, now.cacheVersion);
  if (old.inputs !== now.inputs || old.outputs !== now.outputs) {
    const found = interfaceDifferences(await cachedInterface(deployment, dataset, node), node.task?.interface);
    const signature = { what: old.inputs === now.inputs ? "output type" : "input type", name: null } as const;
    differences.push(...(found.length > 0 ? found : [{ ...signature, cached: there.version, current: here?.version }]));
  }
  const source = sourceOf(artifact);
  const inputs = source && (await inputsOf(deployment, source));
  if (inputs) differences.push(...inputDifferences(inputs, node.inputs, node.task?.metadata?.cacheIgnoreInputVars ?? []));
  return {
    artifactId: artifact.id ?? "",
    datasetVersion: there.version ?? "",
    createdAt: timeText(artifact.createdAt),
    source: sourceUrn(artifact),
    inputsKnown: inputs !== undefined,
    differences,
  };
}

/** The interface of the task's version that first wrote into a dataset; undefined when that is not known any more. */
async function cachedInterface(
  { admin }: Deployment,
  dataset: datacatalog.Dataset.$Properties,
  node: CachedNode,
): Promise<TypedInterface | undefined> {
  const version = dataset.metadata?.keyMap?.["task-version"];
  const { project, domain } = dataset.id ?? {};
  if (!version) return undefined;
  const id = { resourceType: node.task?.id?.resourceType ?? 1, name: node.task?.id?.name ?? "", version };
  return orGone(async () => {
    const task = await admin.getTask({ id: { ...id, project: project ?? "", domain: domain ?? "" } });
    return task.closure?.compiledTask?.template?.interface ?? undefined;
  });
}

function inputsOf({ admin }: Deployment, source: NodeExecutionId): Promise<LiteralMap | undefined> {
  return orGone(async () => (await admin.getNodeExecutionData({ id: nodeExecutionIdentifierOf(source) })).fullInputs ?? undefined);
}

async function orGone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (hasStatus(error, "NOT_FOUND", "PERMISSION_DENIED")) return undefined;
    throw error;
  }
}
