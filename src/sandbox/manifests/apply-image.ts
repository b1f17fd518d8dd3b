import type { JsonObject } from "../../idl/json/json-value.ts";
import { changeAt } from "./change-at.ts";
import type { KustomizeImage } from "./kustomization.ts";
import { keyOf } from "./manifest-object.ts";
import { podTemplatePath } from "./pod-template.ts";

/** The object with another image wherever a container of its pods has the one named. */
export function applyImage(object: JsonObject, image: KustomizeImage): JsonObject {
  const { kind } = keyOf(object);
  const pod = kind === "Pod" ? [] : podTemplatePath(kind);
  if (!pod) return object;
  return ["initContainers", "containers"].reduce(
    (changed, list) =>
      changeAt(changed, [...pod, "spec", list, "*", "image"], (text) => (typeof text === "string" ? replaced(text, image) : text)),
    object,
  );
}

function replaced(text: string, { name, newName, newTag, digest }: KustomizeImage): string {
  const [, named, version = ""] = /^(.*?)((?::[\w][\w.-]*)?(?:@sha256:[0-9a-f]+)?)$/.exec(text) ?? [];
  if (named !== name) return text;
  // A new tag or digest replaces both of the old.
  const tag = newTag === undefined ? "" : `:${newTag}`;
  const changed = newTag === undefined && digest === undefined ? version : `${tag}${digest === undefined ? "" : `@${digest}`}`;
  return `${newName ?? name}${changed}`;
}
