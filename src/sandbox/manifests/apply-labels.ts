import type { JsonObject } from "../../idl/json/json-value.ts";
import { changeAt } from "./change-at.ts";
import type { KustomizeLabels } from "./kustomization.ts";
import { isMap, keyOf, mapAt } from "./manifest-object.ts";
import { podTemplatePath } from "./pod-template.ts";

// Templates of a workload that are not its pods'.
const alsoLabelled: Readonly<Record<string, readonly (readonly string[])[]>> = {
  CronJob: [["spec", "jobTemplate"]],
  StatefulSet: [["spec", "volumeClaimTemplates", "*"]],
};

/** The object with labels set, over those it has; on the templates of a workload where that is asked for. Selectors stay. */
export function applyLabels(object: JsonObject, { pairs, includeTemplates = false }: KustomizeLabels): JsonObject {
  const labelled = withLabels(object, pairs);
  const { kind } = keyOf(object);
  const pods = podTemplatePath(kind);
  if (!includeTemplates || pods === undefined) return labelled;
  return [...(alsoLabelled[kind] ?? []), pods].reduce(
    (changed, template) => changeAt(changed, template, (value) => (isMap(value) ? withLabels(value, pairs) : value)),
    labelled,
  );
}

function withLabels(object: JsonObject, pairs: KustomizeLabels["pairs"]): JsonObject {
  const metadata = mapAt(object, "metadata");
  return { ...object, metadata: { ...metadata, labels: { ...mapAt(metadata, "labels"), ...pairs } } };
}
