import { readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../std/errors.ts";
import type { KustomizeConfigMap } from "./kustomization.ts";
import { keyOf, mapAt, type ManifestObject } from "./manifest-object.ts";
import { manifestError } from "./manifest-error.ts";

/** The objects with a generated ConfigMap behind them, or merged into the one that is there. */
export async function generateConfigMap(
  objects: readonly ManifestObject[],
  file: string,
  directory: string,
  { name, namespace, behavior = "create", files = [], literals = [] }: KustomizeConfigMap,
): Promise<readonly ManifestObject[]> {
  const data: Record<string, string> = {};
  const put = (key: string, value: string): void => {
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) throw manifestError(file, `${JSON.stringify(key)} is no key of a ConfigMap`);
    if (Object.hasOwn(data, key)) throw manifestError(file, `the ConfigMap ${name} has ${key} twice`);
    data[key] = value;
  };
  for (const literal of literals) {
    const [, key, value] = /^([^=]+)=([^]*)$/.exec(literal) ?? [];
    if (key === undefined || value === undefined) throw manifestError(file, `a literal of the ConfigMap ${name} is not key=value`);
    put(key, value);
  }
  for (const source of files) {
    const [, key = path.basename(source), from = source] = /^([^=]+)=(.+)$/.exec(source) ?? [];
    put(key, await textOf(path.join(directory, from), file));
  }
  const there = objects.findIndex(({ object, hashed }) => {
    const key = keyOf(object);
    return hashed && key.name === name && key.namespace === (namespace ?? "");
  });
  const found = objects[there];
  if ((found !== undefined) !== (behavior === "merge"))
    throw manifestError(file, `there is ${found ? "already a" : "no"} generated ConfigMap ${name} to ${behavior}`);
  if (found) return objects.with(there, { ...found, object: { ...found.object, data: { ...mapAt(found.object, "data"), ...data } } });
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return [...objects, { object: { apiVersion: "v1", kind: "ConfigMap", metadata, data }, hashed: true }];
}

async function textOf(from: string, file: string): Promise<string> {
  try {
    return await readFile(from, "utf8");
  } catch (error) {
    throw manifestError(file, messageOf(error));
  }
}
