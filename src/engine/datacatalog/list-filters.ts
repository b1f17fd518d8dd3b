import type { datacatalog } from "../../idl/flyteidl.ts";
import type { EntityId } from "../../idl/identifiers.ts";
import { StatusError } from "../../idl/status.ts";
import { invalid, missing, required } from "./refusals.ts";

type Filters = datacatalog.FilterExpression.$Properties | null | undefined;

export interface ArtifactFilter {
  readonly tags: readonly string[];
  readonly partitions: readonly (readonly [string, string])[];
}

const refused = (list: "Artifact" | "Dataset", by: string): StatusError =>
  new StatusError("INVALID_ARGUMENT", `${list} cannot be filtered by ${by} properties`);

/** All must hold; by tag and by partition only. */
export function artifactFilter(expression: Filters): ArtifactFilter {
  const tags: string[] = [];
  const partitions: (readonly [string, string])[] = [];
  for (const filter of expression?.filters ?? []) {
    checkOperator(filter);
    if (filter.datasetFilter != null) throw refused("Artifact", "Dataset");
    if (filter.artifactFilter != null) throw refused("Artifact", "Artifact");
    if (filter.tagFilter != null) tags.push(required("tagName", filter.tagFilter.tagName));
    else if (filter.partitionFilter != null) {
      const { key, value } = filter.partitionFilter.keyVal ?? {};
      partitions.push([required("partition key", key), required("partition value", value)]);
    } else throw missing("property filter");
  }
  return { tags, partitions };
}

/** All must hold; undefined when two of them contradict each other. */
export function datasetFilter(expression: Filters): Partial<EntityId> | undefined {
  const wanted: { -readonly [Part in keyof EntityId]?: string } = {};
  let contradiction = false;
  for (const filter of expression?.filters ?? []) {
    checkOperator(filter);
    if (filter.tagFilter != null) throw refused("Dataset", "Tag");
    if (filter.partitionFilter != null) throw refused("Dataset", "Partition");
    if (filter.artifactFilter != null) throw refused("Dataset", "Artifact");
    if (filter.datasetFilter == null) throw missing("property filter");
    const part = (["project", "domain", "name", "version"] as const).find((one) => filter.datasetFilter?.[one] != null);
    if (part === undefined) throw invalid("dataset property", filter.datasetFilter.org == null ? "" : "org");
    const value = required(part, filter.datasetFilter[part]);
    contradiction ||= wanted[part] !== undefined && wanted[part] !== value;
    wanted[part] = value;
  }
  return contradiction ? undefined : wanted;
}

function checkOperator(filter: datacatalog.SinglePropertyFilter.$Properties): void {
  if (filter.operator) throw invalid("operator", String(filter.operator));
}
