import type { EntityId } from "./identifiers.ts";
import { messageHash } from "./object-hash.ts";
import { StatusError } from "./status.ts";
import type { Literal, LiteralMap, TypedInterface, VariableMap } from "./types.ts";

/** What a task's outputs are cached by. */
export interface CatalogKey {
  readonly task: EntityId;
  readonly cacheVersion: string;
  readonly interface: TypedInterface;
  readonly inputs: LiteralMap;
  readonly ignoredInputs: readonly string[];
}

export interface CacheKeys {
  readonly datasetId: EntityId;
  readonly tag: string;
}

/**
 * What Flyte's catalog finds outputs by: the dataset is the task's name with its cache version and interface, the tag its
 * inputs. INVALID_ARGUMENT for an empty cache version.
 */
export function cacheKeys(key: CatalogKey): CacheKeys {
  const { project, domain, name } = key.task;
  const version = datasetVersion(key.cacheVersion, key.interface);
  return { datasetId: { project, domain, name: `flyte_task-${name}`, version }, tag: cacheTag(key.inputs, key.ignoredInputs) };
}

/** `<cache version>-<8 characters of the inputs' hash>-<8 of the outputs'>`. */
export function datasetVersion(cacheVersion: string, typedInterface: TypedInterface): string {
  const trimmed = cacheVersion.trim();
  if (trimmed === "") throw new StatusError("INVALID_ARGUMENT", "task version is required to cache its outputs, but is empty");
  return `${trimmed}-${signature(typedInterface.inputs)}-${signature(typedInterface.outputs)}`;
}

/** `flyte_cached-` and the hash of the inputs that count; a literal with a hash of its own counts by that alone. */
export function cacheTag(inputs: LiteralMap, ignored: readonly string[]): string {
  const counted = Object.entries(inputs.literals ?? {}).filter(([name]) => !ignored.includes(name));
  const literals = Object.fromEntries(counted.map(([name, literal]) => [name, byHash(literal)]));
  return `flyte_cached-${Buffer.from(messageHash("flyteidl.core.LiteralMap", { literals })).toString("base64url")}`;
}

function signature(variables: VariableMap | null | undefined): string {
  return Buffer.from(messageHash("flyteidl.core.VariableMap", variables ?? {}))
    .toString("base64url")
    .slice(0, 8);
}

/** Looks into lists and maps, whose own metadata does not count then; not into unions. */
function byHash(literal: Literal): Literal {
  if (literal.hash) return { hash: literal.hash };
  if (literal.collection != null) return { collection: { literals: (literal.collection.literals ?? []).map(byHash) } };
  if (literal.map == null) return literal;
  const literals = Object.fromEntries(Object.entries(literal.map.literals ?? {}).map(([name, one]) => [name, byHash(one)]));
  return { map: { literals } };
}
