import type Docker from "dockerode";
import { rm } from "node:fs/promises";
import { messageOf } from "../../../std/errors.ts";
import type { Tell } from "../../sandbox-event.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import { writeRecord } from "../../sandbox-record.ts";
import { awaitContainer } from "./await-container.ts";
import { clusterName } from "./cluster-name.ts";
import { deleteCluster } from "./delete-cluster.ts";
import { statusOf } from "../../../compute/docker/docker-status.ts";
import type { Prepared } from "./prepare-start.ts";
import type { NodeOrigin } from "./provide-node.ts";
import { removeData } from "./remove-data.ts";

/** Takes back what a failed start has made; what was there before it stays. What cannot be removed is told. */
export async function undoStart(
  { machine, kept, record, hadData, node }: Prepared,
  origin: NodeOrigin | undefined,
  tell: Tell,
): Promise<void> {
  const { name, dataDir } = record;
  const attempt = async (what: string, action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      tell({ type: "warning", message: `${what} could not be removed: ${messageOf(error)}` });
    }
  };
  const { docker } = machine;
  if (origin === "created") {
    // When kind was ended in the middle, the engine may be making the node still.
    const control = `${clusterName(name)}-control-plane`;
    await attempt("a node on its way", () => awaitContainer(docker, name, control, record.kind.engineImage));
    await attempt("the cluster", () => deleteCluster(machine, name, dataDir));
  }
  if (origin === "started" && node) await attempt("the running node", () => stopNode(docker.getContainer(node.id)));
  if (!hadData) await attempt("the data", () => removeData(machine.docker, name, dataDir, record.kind.nodeImage));
  if (kept === undefined) await attempt("the record", () => rm(sandboxPaths(name).root, { recursive: true, force: true }));
  else await attempt("the new record", () => writeRecord(kept));
}

async function stopNode(node: Docker.Container): Promise<void> {
  try {
    await node.stop();
  } catch (error) {
    // It does not run: that it could not be started may be why all is taken back.
    if (statusOf(error) !== 304) throw error;
  }
}
