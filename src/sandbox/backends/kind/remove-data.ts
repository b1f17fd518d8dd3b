import type Docker from "dockerode";
import { rm } from "node:fs/promises";
import { FlyteError, messageOf } from "../../../std/errors.ts";
import { sandboxLabels } from "./cluster-name.ts";

const mounted = "/data";

/**
 * Removes a data directory, in which Postgres and MinIO keep files of users of their own: where we may not, a container of
 * `image` does it. SANDBOX_DATA_LEFT says what is left and how to remove it.
 */
export async function removeData(docker: Docker, sandbox: string, directory: string, image: string | undefined): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((code !== "EACCES" && code !== "EPERM") || image === undefined) throw left(directory, error);
  }
  try {
    const container = await docker.createContainer({
      Image: image,
      Entrypoint: ["find", mounted, "-mindepth", "1", "-delete"],
      Cmd: [],
      Labels: { ...sandboxLabels(sandbox) },
      HostConfig: { Binds: [`${directory}:${mounted}`], NetworkMode: "none" },
    });
    try {
      await container.start();
      await container.wait();
    } finally {
      await container.remove({ force: true, v: true });
    }
    await rm(directory, { recursive: true, force: true });
  } catch (error) {
    throw left(directory, error);
  }
}

function left(directory: string, error: unknown): FlyteError {
  return new FlyteError({
    code: "SANDBOX_DATA_LEFT",
    blame: "environment",
    message: `${directory} cannot be removed: ${messageOf(error)}`,
    hint: `Postgres and MinIO wrote it under users of their own; run: sudo rm -rf ${directory}`,
    details: { directory },
    cause: error,
  });
}
