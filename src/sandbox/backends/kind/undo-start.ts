import { rm } from "node:fs/promises";
import { messageOf } from "../../../std/errors.ts";
import type { Tell } from "../../sandbox-event.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import { writeRecord } from "../../sandbox-record.ts";
import { deleteCluster } from "./delete-cluster.ts";
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
  if (origin === "created") await attempt("the cluster", () => deleteCluster(machine, name, dataDir));
  if (origin === "started" && node) await attempt("the running node", () => machine.docker.getContainer(node.id).stop());
  if (!hadData) await attempt("the data", () => removeData(machine.docker, name, dataDir, record.kind.nodeImage));
  if (kept === undefined) await attempt("the record", () => rm(sandboxPaths(name).root, { recursive: true, force: true }));
  else await attempt("the new record", () => writeRecord(kept));
}
