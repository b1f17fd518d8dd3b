import { datacatalog } from "../../idl/flyteidl.ts";
import { formatUrn } from "../../idl/urn.ts";
import type { Answer } from "../answer.ts";
import { checkScope } from "../check-scope.ts";
import type { Deployment } from "../deployment.ts";
import { inParallel } from "../fetch/in-parallel.ts";
import { listAnswer } from "../listing.ts";
import { timeText } from "../../idl/literals/literal-value.ts";
import { ageText } from "../views/time-view.ts";
import { sourceUrn } from "./artifact-source.ts";
import { catalogCall } from "./catalog-call.ts";

export interface DatasetView {
  readonly project: string;
  readonly domain: string;
  /** Without the catalog's prefix, so the task's. */
  readonly task: string;
  /** Cache version and the signature of the interface. */
  readonly version: string;
}

const prefix = "flyte_task-";
/** More than a catalog gives at once. */
const largestPage = 1000;
const atOnce = 8;

/** The datasets of the project and domain, of one task when it is named. */
export async function listCache(
  deployment: Deployment,
  task: string | undefined,
  page: { limit: number; token?: string | undefined },
  now: number,
): Promise<Answer> {
  const { datasets, nextToken } = await fetchDatasets(deployment, task, page);
  if (datasets.length === 0) await checkScope(deployment.admin, deployment);
  const views = await inParallel(datasets, atOnce, async (dataset) => ({ ...dataset, newest: await newestOf(deployment, dataset) }));
  const answer = listAnswer(views, nextToken, () => ({
    columns: ["task", "version", "newest", "source"],
    rows: views.map(({ task: name, version, newest }) => [
      name,
      version,
      newest === null ? "empty" : ageText(newest.createdAt, now),
      newest?.source ?? "",
    ]),
  }));
  const tasks = views.map(({ project, domain, task: name }) => formatUrn({ kind: "task", project, domain, name }));
  return { ...answer, urns: [...new Set(tasks)] };
}

/** When and by which node execution a dataset was written last; null when all of it has been evicted. */
async function newestOf(
  { admin, endpoint }: Deployment,
  { project, domain, task, version }: DatasetView,
): Promise<{ readonly createdAt: string | null; readonly source: string | null } | null> {
  const dataset = { project, domain, name: datasetName(task), version };
  const pagination = {
    limit: 1,
    sortKey: datacatalog.PaginationOptions.SortKey.CREATION_TIME,
    sortOrder: datacatalog.PaginationOptions.SortOrder.DESCENDING,
  };
  const [artifact] = (await catalogCall(endpoint, admin.listArtifacts({ dataset, pagination }))).artifacts ?? [];
  return artifact === undefined ? null : { createdAt: timeText(artifact.createdAt), source: sourceUrn(artifact) };
}

export async function fetchDatasets(
  { admin, endpoint, project, domain }: Deployment,
  task: string | undefined,
  page: { limit: number; token?: string | undefined },
): Promise<{ datasets: DatasetView[]; nextToken: string }> {
  const filters: datacatalog.SinglePropertyFilter.$Properties[] = [{ datasetFilter: { project } }, { datasetFilter: { domain } }];
  if (task !== undefined) filters.push({ datasetFilter: { name: datasetName(task) } });
  const datasets: DatasetView[] = [];
  let nextToken = page.token ?? "";
  for (;;) {
    const limit = Math.min(page.limit - datasets.length, largestPage);
    const reply = await catalogCall(endpoint, admin.listDatasets({ filter: { filters }, pagination: { limit, token: nextToken } }));
    datasets.push(...(reply.datasets ?? []).map(datasetView));
    // A catalog gives the token of a next page even when there is none.
    nextToken = (reply.datasets ?? []).length === limit ? (reply.nextToken ?? "") : "";
    if (nextToken === "" || datasets.length >= page.limit) return { datasets, nextToken };
  }
}

/** The catalog's name for the cache of a task. */
export function datasetName(task: string): string {
  return `${prefix}${task}`;
}

function datasetView({ id }: datacatalog.Dataset.$Properties): DatasetView {
  const name = id?.name ?? "";
  return {
    project: id?.project ?? "",
    domain: id?.domain ?? "",
    task: name.startsWith(prefix) ? name.slice(prefix.length) : name,
    version: id?.version ?? "",
  };
}
