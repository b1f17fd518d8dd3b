import type Docker from "dockerode";
import type { Readable } from "node:stream";
import { FlyteError } from "../../../std/errors.ts";
import { imageInEngine } from "../../../compute/docker/image-in-engine.ts";
import { checkArchitecture } from "./check-architecture.ts";
import { runInContainer } from "./run-in-container.ts";

/**
 * Copies an image of the Docker engine into the cluster's node, where pods find it under its own name. False when that very
 * image is there. SANDBOX_IMAGE_UNKNOWN when the engine has none of that name,
 * SANDBOX_IMAGE_ARCHITECTURE when it is for another machine, SANDBOX_IMAGE_EMPTY when there is nothing in it.
 */
export async function loadImage(docker: Docker, node: Docker.Container, image: string, signal: AbortSignal): Promise<boolean> {
  const id = await imageInEngine(docker, image);
  if (id === undefined) {
    throw new FlyteError({
      code: "SANDBOX_IMAGE_UNKNOWN",
      blame: "usage",
      message: `the Docker engine has no image ${image}`,
      hint: `make it with docker build --tag ${image}, or get it with: docker pull ${image}`,
      details: { image },
    });
  }
  if ((await imageInNode(node, image, signal)) === id) return false;
  await checkArchitecture(docker, [image]);
  await checkLayers(docker, image);
  const archive = (await docker.getImage(image).get()) as Readable;
  // As kind does it: into the namespace that kubelet looks into.
  const command = ["ctr", "--namespace=k8s.io", "images", "import", "--all-platforms", "--digests", "--snapshotter=overlayfs", "-"];
  await runInContainer(node, command, { input: archive, signal });
  return true;
}

/** Docker does not hand out an image that is a configuration alone; no pod could run in it. */
async function checkLayers(docker: Docker, image: string): Promise<void> {
  const { RootFS } = (await docker.getImage(image).inspect()) as { readonly RootFS?: { readonly Layers?: readonly string[] | null } };
  if ((RootFS?.Layers ?? []).length > 0) return;
  throw new FlyteError({
    code: "SANDBOX_IMAGE_EMPTY",
    blame: "usage",
    message: `image ${image} has no layers: there is no file in it that a pod could run`,
    hint: `build it of something: FROM an image that has programs, or COPY one into it, then docker build --tag ${image}`,
    details: { image },
  });
}

/** Resolves when a node that begins takes images; rejects when it does not within half a minute. */
export async function awaitContainerd(node: Docker.Container, signal: AbortSignal): Promise<void> {
  const asked = "for i in $(seq 300); do ctr version >/dev/null 2>&1 && exit; sleep 0.1; done; exit 1";
  await runInContainer(node, ["sh", "-c", asked], { signal });
}

/** The id under which the node's containerd has an image; undefined when it has none of that name. */
export async function imageInNode(node: Docker.Container, image: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { status } = JSON.parse(await runInContainer(node, ["crictl", "inspecti", image], { signal })) as {
      readonly status?: { readonly id?: string };
    };
    return status?.id;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
