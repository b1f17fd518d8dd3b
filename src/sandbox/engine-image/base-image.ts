import { statusOf } from "../../compute/docker/docker-status.ts";
import type Docker from "dockerode";
import { FlyteError } from "../../std/errors.ts";
import { engineSaid } from "./engine-said.ts";
import { imageFailure, wrongArchitecture } from "./image-failure.ts";
import { platformOf } from "./platform.ts";
import { readProgress } from "./read-progress.ts";

/** The `--base` that is no image: Debian's packages and npm's Node, for a machine that can pull none. */
export const debootstrapBase = "debootstrap";

export interface BaseImage {
  readonly name: string;
  readonly id: string;
}

/**
 * The image to build on, pulled when it is not there. ENGINE_IMAGE_BASE_MISSING when it cannot be had, with what to type;
 * ENGINE_IMAGE_ARCHITECTURE when it is for another machine than `platform`, the Docker engine's.
 */
export async function baseImage(docker: Docker, name: string, platform: string, progress: (line: string) => void): Promise<BaseImage> {
  let found = await inspectImage(docker, name);
  if (!found) {
    progress(`Pulling ${name}`);
    try {
      await readProgress(await docker.pull(name, { platform }));
    } catch (error) {
      throw isFull(error) ? imageFailure(name, name, error) : baseMissing(name, error);
    }
    found = await inspectImage(docker, name);
    if (!found) throw baseMissing(name, new Error("it was pulled and is not there"));
  }
  const own = platformOf(found.Os, found.Architecture);
  if (own !== platform) throw wrongArchitecture(name, own, platform);
  return { name, id: found.Id };
}

/** What the Docker engine knows of an image; undefined when it has none of that name. */
export async function inspectImage(docker: Docker, name: string): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(name).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

const isFull = (error: unknown): boolean => /no space left on device/i.test(engineSaid(error));

function baseMissing(base: string, error: unknown): FlyteError {
  return new FlyteError({
    code: "ENGINE_IMAGE_BASE_MISSING",
    blame: "environment",
    message: `the base image ${base} is not on this machine, and it cannot be pulled: ${engineSaid(error)}`,
    hint: `without a registry, build it from Debian's packages and npm's Node (Linux, as root): flyte sandbox build-image --base ${debootstrapBase}; or bring it: docker load --input FILE.tar`,
    details: { base },
    cause: error,
  });
}
