import type { JsonObject } from "../../idl/json/json-value.ts";
import { changeAt } from "./change-at.ts";
import type { KustomizeLabels } from "./kustomization.ts";
import { isMap, keyOf, mapAt } from "./manifest-object.ts";
import { podTemplatePath } from "./pod-template.ts";

/** The object with labels set, over those it has; on the template of its pods where that is asked for. Selectors stay. */
export function applyLabels(object: JsonObject, { pairs, includeTemplates = false }: KustomizeLabels): JsonObject {
  const labelled = withLabels(object, pairs);
  const template = podTemplatePath(keyOf(object).kind);
  if (!includeTemplates || template === undefined) return labelled;
  return changeAt(labelled, template, (value) => (isMap(value) ? withLabels(value, pairs) : value));
}

function withLabels(object: JsonObject, pairs: KustomizeLabels["pairs"]): JsonObject {
  const metadata = mapAt(object, "metadata");
  return { ...object, metadata: { ...metadata, labels: { ...mapAt(metadata, "labels"), ...pairs } } };
}
