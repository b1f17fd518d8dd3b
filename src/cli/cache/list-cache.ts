import type { datacatalog } from "../../idl/flyteidl.ts";
import type { Answer } from "../answer.ts";
import type { Deployment } from "../deployment.ts";
import { listAnswer } from "../listing.ts";
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

/** The datasets of the project and domain, of one task when it is named. */
export async function listCache(
  deployment: Deployment,
  task: string | undefined,
  page: { limit: number; token?: string | undefined },
): Promise<Answer> {
  const { datasets, nextToken } = await fetchDatasets(deployment, task, page);
  return listAnswer(datasets, nextToken, (views) => ({
    columns: ["task", "version"],
    rows: views.map((view) => [view.task, view.version]),
  }));
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
