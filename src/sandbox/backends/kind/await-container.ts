import type Docker from "dockerode";
import { sandboxLabels } from "./cluster-name.ts";
import { statusOf } from "../../../compute/docker/docker-status.ts";

const patienceMs = 60_000;
const lookAgainMs = 100;

/**
 * Resolves when no container of that name is on its way: the engine goes on making one for a client that is gone, and until it is
 * made nobody sees it, but its name is taken. `image` is one that the engine has; of it a container is made and removed.
 */
export async function awaitContainer(docker: Docker, sandbox: string, name: string, image: string): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      const probe = await docker.createContainer({ name, Image: image, Cmd: ["none"], Labels: { ...sandboxLabels(sandbox) } });
      await probe.remove({ v: true });
      return;
    } catch (error) {
      if (statusOf(error) !== 409 || Date.now() > until) throw error;
    }
    // A list has it while its volumes are filled still, and it cannot be removed before it can be inspected.
    if (await isThere(docker, name)) return;
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}

async function isThere(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getContainer(name).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
