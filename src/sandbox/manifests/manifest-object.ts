import type { JsonObject, JsonValue } from "../../idl/json/json-value.ts";

/** A Kubernetes object while it is being built. */
export interface ManifestObject {
  readonly object: JsonObject;
  /** The name of a generated ConfigMap ends with a hash of its content, so that whoever mounts it is started anew after a change. */
  readonly hashed: boolean;
}

export interface ObjectKey {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  /** Empty for what has none. */
  readonly namespace: string;
}

/** What an object is told apart by. */
export function keyOf(object: JsonObject): ObjectKey {
  const apiVersion = textAt(object, "apiVersion");
  const slash = apiVersion.indexOf("/");
  const metadata = mapAt(object, "metadata");
  return {
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: textAt(object, "kind"),
    name: textAt(metadata, "name"),
    namespace: textAt(metadata, "namespace"),
  };
}

/** `Deployment flyte/minio` */
export function describeObject(object: JsonObject): string {
  const { kind, name, namespace } = keyOf(object);
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

export function isMap(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The mapping below a key; empty when there is none. */
export function mapAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isMap(value) ? value : {};
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function textAt(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}
