import type { datacatalog } from "../../idl/flyteidl.ts";
import { parseUrn } from "../../idl/urn.ts";
import { FlyteError } from "../../std/errors.ts";
import type { Answer } from "../answer.ts";
import type { Deployment } from "../deployment.ts";
import { allPages } from "../fetch/all-pages.ts";
import { listAnswer } from "../listing.ts";
import { literalValue, timeText } from "../../idl/literals/literal-value.ts";
import { wrongTarget } from "../target.ts";
import { ageText } from "../views/time-view.ts";
import { catalogCall } from "./catalog-call.ts";
import type { DatasetView } from "./list-cache.ts";
import { datasetName, fetchDatasets } from "./list-cache.ts";
import { sourceUrn } from "./artifact-source.ts";

interface ArtifactView {
  readonly project: string;
  readonly domain: string;
  readonly task: string;
  readonly version: string;
  readonly id: string;
  /** `flyte_cached-…`: the hash of the inputs. */
  readonly keys: readonly string[];
  readonly createdAt: string | null;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What the catalog knows of the execution it came from. */
  readonly source: Readonly<Record<string, string>>;
  /** URN of the node execution that it came from; null when the catalog does not say. */
  readonly sourceUrn: string | null;
}

/** The cached outputs of a task, dataset by dataset. FlyteError NOT_CACHED when there is no dataset. */
export async function showCache(
  deployment: Deployment,
  target: string,
  flags: { version?: string | undefined; limit: number },
  now: number,
): Promise<Answer> {
  const views = await fetchCachedArtifacts(deployment, target, flags);
  const answer = listAnswer(views, "", () => ({
    columns: ["key", "age", "source", "outputs", "version"],
    rows: views.map((view) => [
      view.keys.join(" "),
      ageText(view.createdAt, now),
      view.sourceUrn ?? "",
      JSON.stringify(view.outputs),
      view.version,
    ]),
  }));
  return { ...answer, urns: views.flatMap(({ sourceUrn }) => sourceUrn ?? []) };
}

/** All that is cached of a task (a name or URN), at most `limit` artifacts of a dataset. FlyteError NOT_CACHED. */
export async function fetchCachedArtifacts(
  deployment: Deployment,
  target: string,
  flags: { version?: string | undefined; limit: number },
): Promise<ArtifactView[]> {
  const { name: task, ...scope } = namedTask(target, deployment);
  const { datasets } = await fetchDatasets({ ...deployment, ...scope }, task, { limit: 1000 });
  const wanted = datasets.filter(({ version }) => flags.version === undefined || version === flags.version);
  if (wanted.length === 0) {
    const which = flags.version === undefined ? "" : ` in version ${flags.version}`;
    throw nothingCached(task, `nothing is cached of ${task}${which} in ${scope.project}/${scope.domain}`);
  }
  const artifacts: ArtifactView[] = [];
  for (const dataset of wanted) artifacts.push(...(await fetchArtifacts(deployment, dataset, flags.limit)));
  return artifacts;
}

/** The error for a task or node execution of which nothing is in the cache. */
export function nothingCached(target: string, message: string): FlyteError {
  return new FlyteError({
    code: "NOT_CACHED",
    blame: "deployment",
    message,
    hint: "list what is with: flyte cache list",
    details: { target },
  });
}

function namedTask(target: string, { project, domain }: Deployment): { project: string; domain: string; name: string } {
  if (!target.includes(":")) return { project, domain, name: target };
  const urn = parseUrn(target, { project, domain });
  if (urn.kind !== "task") throw wrongTarget(target, ["task"]);
  return { project: urn.project, domain: urn.domain, name: urn.name };
}

async function fetchArtifacts({ admin, endpoint }: Deployment, dataset: DatasetView, most: number): Promise<ArtifactView[]> {
  const id = { project: dataset.project, domain: dataset.domain, name: datasetName(dataset.task), version: dataset.version };
  const found = await allPages(async (token) => {
    const reply = await catalogCall(endpoint, admin.listArtifacts({ dataset: id, pagination: { limit: Math.min(most, 100), token } }));
    return { items: reply.artifacts ?? [], token: reply.nextToken };
  }, most);
  return found.map((artifact) => artifactView(artifact, dataset));
}

function artifactView(artifact: datacatalog.Artifact.$Properties, dataset: DatasetView): ArtifactView {
  return {
    project: dataset.project,
    domain: dataset.domain,
    task: dataset.task,
    version: dataset.version,
    id: artifact.id ?? "",
    keys: (artifact.tags ?? []).map((tag) => tag.name ?? ""),
    createdAt: timeText(artifact.createdAt),
    outputs: Object.fromEntries((artifact.data ?? []).map(({ name, value }) => [name ?? "", literalValue(value)])),
    source: artifact.metadata?.keyMap ?? {},
    sourceUrn: sourceUrn(artifact),
  };
}
