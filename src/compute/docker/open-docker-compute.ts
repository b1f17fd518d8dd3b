import type Docker from "dockerode";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ComputeBackend } from "../../ports/compute-backend.ts";
import type { Clock } from "../../std/clock.ts";
import { pruneLogs } from "../machinery/prune-logs.ts";
import { defaultRetention, type Retention } from "../machinery/retention.ts";
import { Containers } from "./containers.ts";
import { DockerCompute, type DockerComputeLog } from "./docker-compute.ts";
import { followEvents } from "./engine-events.ts";
import type { ContainerOwner } from "./engine-labels.ts";
import { ImageSource } from "./image-source.ts";

export interface DockerComputeOptions {
  readonly docker: Docker;
  readonly owner: ContainerOwner;
  /** Of this backend alone, made when absent. One process at a time may have it open. */
  readonly directory: string;
  /** Attempts at a time. */
  readonly slots: number;
  /** Bytes for all attempts together; memory is not counted when absent. */
  readonly memory?: number;
  /** YAML, `group: {key: value}`; read when needed, need not exist. */
  readonly secretsFile?: string;
  readonly clock: Clock;
  readonly logger: DockerComputeLog;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly graceSeconds?: number;
  /** Milliseconds for which an image that cannot be pulled is tried again; Flyte's own for pods when absent. */
  readonly imagePullGrace?: number;
  /** Bytes of a log that are kept. */
  readonly logLimit?: number;
  readonly retention?: Partial<Retention>;
  /** False to take up only what runs, so that it can be ended. */
  readonly start?: boolean;
}

/** From the start to the first look at what is kept for too long, and between two, in milliseconds. */
const firstPrune = 30_000;
const pruneInterval = 6 * 3_600_000;
/** Events from before the start: what happens while its containers are listed. Seconds. */
const overlap = 2;

export type DockerBackend = ComputeBackend & Pick<DockerCompute, "endAll" | "close" | "hasLog">;

/** Attempts as containers, surviving restarts of this process: what an earlier one left is taken up. Rejects when the engine does not answer. */
export async function openDockerCompute(options: DockerComputeOptions): Promise<DockerBackend> {
  const { docker, owner, clock } = options;
  const attempts = join(options.directory, "attempts");
  await mkdir(attempts, { recursive: true, mode: 0o700 });
  const [{ Os, Arch }, { NCPU, SystemTime }] = (await Promise.all([docker.version(), docker.info()])) as readonly [
    { readonly Os: string; readonly Arch: string },
    { readonly NCPU: number; readonly SystemTime: string },
  ];
  const enginePlatform = `${Os}/${Arch}`;
  const containers = new Containers(docker, { owner, cores: NCPU, init: true });
  const compute = new DockerCompute({
    directory: attempts,
    slots: Math.max(1, options.slots),
    memory: options.memory,
    clock,
    containers,
    images: new ImageSource({ docker, clock, platform: enginePlatform, grace: options.imagePullGrace ?? 180_000 }),
    async platformOf(image) {
      const { Os: os, Architecture } = await docker.getImage(image).inspect();
      return `${os}/${Architecture}`;
    },
    enginePlatform,
    secretsFile: options.secretsFile,
    graceSeconds: options.graceSeconds ?? 3,
    logLimit: options.logLimit ?? 64 << 20,
    log: options.logger,
  });
  const start = options.start ?? true;
  await compute.adopt(await readdir(attempts), start);
  const unfollow = start
    ? followEvents({
        docker,
        owner,
        clock,
        since: Math.floor(Date.parse(SystemTime) / 1000) - overlap,
        changed: (attempt, container) => compute.changed(attempt, container),
        up: () => compute.engineUp(),
        down: (why) => compute.engineDown(why),
      })
    : () => {};
  const retention = { ...defaultRetention, ...options.retention };
  compute.whenever(firstPrune, pruneInterval, () => pruneLogs(attempts, (name) => compute.knows(name), retention, clock.now()));
  const close = compute.close.bind(compute);
  return Object.assign(compute, {
    async close() {
      unfollow();
      await close();
    },
  });
}
