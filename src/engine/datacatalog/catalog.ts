import { castable } from "../../compiler/castable.ts";
import { typeOfLiteral } from "../../compiler/type-of-literal.ts";
import { cacheKeys } from "../../idl/cache-key.ts";
import { datacatalog, flyteidl } from "../../idl/flyteidl.ts";
import { hasStatus, StatusError } from "../../idl/status.ts";
import { typeText } from "../../idl/type-text.ts";
import type { TaskExecutionId } from "../../idl/identifiers.ts";
import type { Literal, LiteralMap, TypedInterface } from "../../idl/types.ts";
import type { Catalog, CatalogKey } from "../../ports/catalog.ts";
import type { CatalogCalls, Datum, FoundArtifact } from "../../ports/catalog-calls.ts";
import type { Clock } from "../../std/clock.ts";
import { type Random, randomUuid } from "../../std/random.ts";
import type { EngineSettings } from "../settings.ts";
import { readValues } from "./artifact-values.ts";
import { createArtifact, updateArtifact } from "./artifacts.ts";
import type { CatalogDeps } from "./catalog-deps.ts";
import { createDataset } from "./datasets.ts";
import { getOrExtendReservation, releaseReservation } from "./reservations.ts";
import { addTag } from "./tags.ts";

/** The catalog of this process, without a network between. */
export function createCatalog(deps: CatalogDeps): Catalog {
  return catalogOver(directCatalogCalls(deps), deps);
}

/** What the cache of outputs is given, apart from its datacatalog. */
export interface CacheDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Pick<EngineSettings, "maxCacheAge">;
}

/**
 * Flyte's cache of outputs on top of any datacatalog. An artifact older than `maxCacheAge` is a miss; as in Flyte it keeps
 * its tag, and its age when it is overwritten (flytepropeller/pkg/controller/nodes/catalog/datacatalog).
 */
export function catalogOver(calls: CatalogCalls, { clock, random, settings }: CacheDeps): Catalog {
  const tooOld = ({ createdAt }: FoundArtifact): boolean =>
    settings.maxCacheAge > 0 && createdAt !== undefined && clock.now() - createdAt > settings.maxCacheAge;

  return {
    async get(key) {
      const { datasetId, tag } = cacheKeys(key);
      const found = await calls.find(datasetId, tag);
      if (!found || tooOld(found)) return undefined;
      const outputs = checkOutputs(found.data, key.interface, found.artifactId);
      return { outputs, artifactId: found.artifactId, datasetId, tag: found.tag ?? tag, source: sourceOf(key, found) };
    },

    async put(key, outputs, producer, { overwrite }) {
      const { datasetId, tag } = cacheKeys(key);
      const metadata = metadataOf(producer);
      const data = Object.entries(outputs.literals ?? {}).map(([name, value]): Datum => ({
        name,
        value: flyteidl.core.Literal.encode(value).finish(),
      }));
      await unlessThere(() => calls.createDataset(datasetId, encodeMetadata({ "task-version": key.task.version })));
      if (overwrite) {
        const updated = await replace(() => calls.updateArtifact(datasetId, tag, data, metadata));
        if (updated !== undefined) return { datasetId, artifactId: updated, tag };
      }
      const artifactId = randomUuid(random);
      await calls.createArtifact(datasetId, artifactId, data, metadata);
      // The first writer keeps the tag.
      await unlessThere(() => calls.addTag(datasetId, tag, artifactId));
      return { datasetId, artifactId, tag };
    },

    async reserve(key, ownerId, heartbeat, onRelease) {
      const { datasetId, tag } = cacheKeys(key);
      return await calls.reserve(datasetId, tag, ownerId, heartbeat, onRelease);
    },

    async release(key, ownerId) {
      const { datasetId, tag } = cacheKeys(key);
      await calls.release(datasetId, tag, ownerId);
    },
  };
}

function directCatalogCalls(deps: CatalogDeps): CatalogCalls {
  return {
    async find(datasetId, tag) {
      const { catalog } = deps.state.read;
      const dataset = await catalog.dataset(datasetId);
      const artifact = dataset && (await catalog.artifactByTag(dataset.key, tag));
      if (!artifact) return undefined;
      const data = await readValues(deps, artifact);
      if (!data) return undefined;
      const [first] = await catalog.tags(artifact.key);
      const { artifactId, metadata } = artifact;
      return { artifactId, data, createdAt: Date.parse(artifact.createdAt), metadata, tag: first, datasetMetadata: dataset.metadata };
    },
    createDataset: (datasetId, metadata) => createDataset(deps, datasetId, metadata, []),
    createArtifact: (datasetId, artifactId, data, metadata) =>
      createArtifact(deps, { datasetId, artifactId, data, metadata, partitions: [] }),
    addTag: (datasetId, tag, artifactId) => addTag(deps, datasetId, tag, artifactId),
    updateArtifact: (datasetId, tag, data, metadata) => updateArtifact(deps, { tag, datasetId }, data, metadata),
    async reserve(datasetId, tag, ownerId, asked, onRelease) {
      const held = await getOrExtendReservation(deps, { datasetId, tag }, ownerId, asked, onRelease);
      return { ownerId: held.ownerId, expiresAt: Date.parse(held.expiresAt), heartbeat: held.heartbeat };
    },
    release: (datasetId, tag, ownerId) => releaseReservation(deps, { datasetId, tag }, ownerId),
  };
}

async function unlessThere(create: () => Promise<void>): Promise<void> {
  try {
    await create();
  } catch (thrown) {
    if (!hasStatus(thrown, "ALREADY_EXISTS")) throw thrown;
  }
}

async function replace(update: () => Promise<string>): Promise<string | undefined> {
  try {
    return await update();
  } catch (thrown) {
    if (hasStatus(thrown, "NOT_FOUND")) return undefined;
    throw thrown;
  }
}

/** An artifact that is not what the task declares is an error, never a miss. */
function checkOutputs(data: readonly Datum[], typedInterface: TypedInterface, artifactId: string): LiteralMap {
  const declared = typedInterface.outputs?.variables ?? {};
  const wrong = (why: string): StatusError => new StatusError("INTERNAL", `cached artifact ${artifactId} does not fit its task: ${why}`);
  const count = Object.keys(declared).length;
  if (data.length !== count) throw wrong(`it has ${data.length} outputs, ${count} are declared`);
  const literals: Record<string, Literal> = {};
  for (const { name, value } of data) {
    const expected = Object.hasOwn(declared, name) ? declared[name]?.type : undefined;
    if (expected == null) throw wrong(`output ${name} is not declared`);
    const literal = flyteidl.core.Literal.decode(value);
    const type = typeOfLiteral(literal);
    if (type === undefined || !castable(type, expected))
      throw wrong(`output ${name} has type [${typeText(type)}], expected [${typeText(expected)}]`);
    literals[name] = literal;
  }
  return { literals };
}

const unknown = "unknown";

function encodeMetadata(keyMap: Record<string, string>): Uint8Array {
  return datacatalog.Metadata.encode({ keyMap }).finish();
}

function metadataOf(producer: TaskExecutionId): Uint8Array {
  const { execution, nodeId } = producer.node;
  return encodeMetadata({
    "exec-project": execution.project,
    "exec-domain": execution.domain,
    "execution-name": execution.name,
    "exec-node": nodeId,
    "exec-attempt": String(producer.retryAttempt),
  });
}

/** Who made the artifact; what its metadata leave out is the current task's, or unknown. */
function sourceOf(key: CatalogKey, found: FoundArtifact): TaskExecutionId | undefined {
  const { keyMap } = datacatalog.Metadata.decode(found.metadata);
  if (Object.keys(keyMap).length === 0) return undefined;
  const { project, domain, name } = key.task;
  const version = datacatalog.Metadata.decode(found.datasetMetadata).keyMap["task-version"] ?? unknown;
  return {
    task: { project, domain, name, version },
    node: {
      execution: {
        project: keyMap["exec-project"] ?? project,
        domain: keyMap["exec-domain"] ?? domain,
        name: keyMap["execution-name"] ?? unknown,
      },
      nodeId: keyMap["exec-node"] ?? unknown,
    },
    retryAttempt: Number.parseInt(keyMap["exec-attempt"] ?? "0", 10) || 0,
  };
}
