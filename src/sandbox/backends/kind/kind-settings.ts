import path from "node:path";
import type { SandboxPlan } from "../../sandbox-plan.ts";
import type { KindRecord, SandboxRecord } from "../../sandbox-record.ts";

const ownImage = "flyte-engine";
const defaultRegistry = "registry:2";
const isVersion = /^flyte-engine:\d+\.\d+\.\d+/;

/** The engine's image of this version of the package. */
export function ownEngineImage(version: string): string {
  return `${ownImage}:${version}`;
}

/**
 * What a sandbox is made of: as asked for, else as last time, else the defaults. Only an engine image of ours follows the package. A
 * cluster that is there (`hasNode`) and has no registry gets none unasked: its ports cannot be changed.
 */
export function kindSettings({ kind: asked, version }: SandboxPlan, kept: SandboxRecord | undefined, hasNode: boolean): KindRecord {
  const last = kept?.kind;
  const lastEngine = last && isVersion.test(last.engineImage) ? undefined : last?.engineImage;
  const nodeImage = asked.image ?? last?.nodeImage;
  const config = asked.config === undefined ? last?.config : path.resolve(asked.config);
  const registryImage = asked.registryImage ?? last?.registryImage ?? (hasNode ? undefined : defaultRegistry);
  return {
    isUp: false,
    ...(nodeImage !== undefined && { nodeImage }),
    engineImage: asked.engineImage ?? lastEngine ?? ownEngineImage(version),
    postgresImage: asked.postgresImage ?? last?.postgresImage ?? "postgres:17",
    minioImage: asked.minioImage ?? last?.minioImage ?? "minio/minio:latest",
    ...(registryImage !== undefined && { registryImage }),
    ...(config !== undefined && { config }),
    mounts: asked.mounts?.map((directory) => path.resolve(directory)) ?? last?.mounts ?? [],
  };
}

/** Whether a cluster made with the one has what the other asks for: a node's ports, mounts and image cannot be changed. */
export function sameCluster(one: KindRecord, other: KindRecord): boolean {
  const fixed = ({ nodeImage, config, mounts, registryImage }: KindRecord): string =>
    JSON.stringify([nodeImage ?? null, config ?? null, mounts, registryImage !== undefined]);
  return fixed(one) === fixed(other);
}
