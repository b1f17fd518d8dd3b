import type Docker from "dockerode";
import type { Tell } from "../../sandbox-event.ts";
import { openDocker, type DockerEngine } from "../../../compute/docker/docker-engine.ts";
import { type KindProgram, openKind } from "./kind-program.ts";

/** What a sandbox on kind needs of this machine, found and answering. */
export interface KindMachine {
  readonly engine: DockerEngine;
  readonly docker: Docker;
  readonly kind: KindProgram;
}

/** A cluster, Postgres, MinIO and the engine take some 800 MiB when nothing runs. */
const leastMemory = 2 << 30;

/** Finds Docker and kind. Rejects with what is missing and how to get it. */
export async function openMachine(env: Readonly<Record<string, string | undefined>>): Promise<KindMachine> {
  const engine = await openDocker(env);
  const kind = await openKind(env, engine.address);
  return { engine, docker: engine.docker, kind };
}

/** A line on the machine; what may make trouble later is told as a warning. */
export async function describeMachine({ engine, docker, kind }: KindMachine, tell: Tell): Promise<string> {
  const info = (await docker.info()) as { readonly MemTotal?: number; readonly NCPU?: number; readonly CgroupVersion?: string };
  const { MemTotal: memory = 0, NCPU: cpus = 0, CgroupVersion: cgroup = "2" } = info;
  if (memory > 0 && memory < leastMemory) {
    tell({
      type: "warning",
      message: `Docker has ${gibibytes(memory)} of memory; a cluster with Postgres and MinIO needs 2 GiB and room for tasks`,
    });
  }
  if (cgroup === "1") {
    tell({ type: "warning", message: "Docker uses cgroup v1: node images of Kubernetes 1.35 and newer do not start on it" });
  }
  return `Docker ${engine.version} at ${engine.address} (${engine.source}), kind ${kind.version}, ${cpus} CPUs, ${gibibytes(memory)}, cgroup v${cgroup}`;
}

const gibibytes = (bytes: number): string => `${(bytes / (1 << 30)).toFixed(1)} GiB`;
