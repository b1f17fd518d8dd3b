import type { SandboxRecord } from "../../sandbox-record.ts";
import { loadImage } from "./load-image.ts";
import { runningNode } from "./running-node.ts";

export interface LoadedImage {
  readonly image: string;
  /** False when the cluster had that very image already. */
  readonly changed: boolean;
}

/** Copies images of the Docker engine into the sandbox's cluster, where tasks find them under their own names. */
export async function loadUserImages(
  record: SandboxRecord,
  images: readonly string[],
  signal: AbortSignal,
): Promise<readonly LoadedImage[]> {
  const { docker, node } = await runningNode(record);
  return Promise.all(images.map(async (image) => ({ image, changed: await loadImage(docker, node, image, signal) })));
}
