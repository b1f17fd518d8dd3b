import { daemonVersion } from "../../daemon-version.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import { type SandboxRecord, writeRecord } from "../../sandbox-record.ts";
import { withStartLock } from "../../start-lock.ts";
import type { SandboxBackend } from "../sandbox-backend.ts";
import { nodesOf } from "./cluster-node.ts";
import { deleteCluster } from "./delete-cluster.ts";
import { openDocker } from "../../../compute/docker/docker-engine.ts";
import { engineLogs } from "./engine-logs.ts";
import { kindEndpoints } from "./kind-endpoints.ts";
import { openMachine } from "./kind-machine.ts";
import { removeData } from "./remove-data.ts";
import { startKind } from "./start-kind.ts";

/** What systemd in the node needs to end the pods. */
const stopSeconds = 30;

/** A kind cluster with Postgres, MinIO and the engine, whose tasks are pods. */
export const kindBackend: SandboxBackend = {
  id: "kind",
  start: startKind,
  async running(record) {
    const endpoints = kindEndpoints(record);
    if (record.kind?.isUp === true && (await daemonVersion(endpoints.admin)) !== undefined) return endpoints;
    const { docker } = await openDocker(process.env);
    const [node] = await nodesOf(docker, record.name, record.dataDir);
    return node?.isRunning ? endpoints : undefined;
  },
  stop: (record) => withStartLock(() => stop(record), { file: sandboxPaths(record.name).lock }),
  async remove({ name, dataDir, kind }) {
    const machine = await openMachine(process.env);
    const [node] = await nodesOf(machine.docker, name, dataDir);
    await deleteCluster(machine, name, dataDir);
    await removeData(machine.docker, name, dataDir, node?.image ?? kind?.nodeImage);
  },
  logs: engineLogs,
};

async function stop(record: SandboxRecord): Promise<boolean> {
  const { docker } = await openDocker(process.env);
  const running = (await nodesOf(docker, record.name, record.dataDir)).filter(({ isRunning }) => isRunning);
  await Promise.all(running.map(({ id }) => docker.getContainer(id).stop({ t: stopSeconds })));
  if (record.kind) await writeRecord({ ...record, kind: { ...record.kind, isUp: false } });
  return running.length > 0;
}
