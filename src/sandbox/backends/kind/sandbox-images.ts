import type Docker from "dockerode";
import { FlyteError, messageOf } from "../../../std/errors.ts";
import { imageInEngine } from "../../../compute/docker/image-in-engine.ts";
import { pullImage } from "../../../compute/docker/pull-image.ts";
import { checkArchitecture } from "./check-architecture.ts";

/** An image that a sandbox needs. */
export interface NeededImage {
  readonly image: string;
  /** The flag that names another. */
  readonly flag: string;
  /** What makes it where it cannot be pulled: one of ours is in no registry. */
  readonly made?: string;
  /** It is done without where it cannot be had. */
  readonly isOptional?: boolean;
}

/** An image that is not to be had. */
export interface MissingImage extends NeededImage {
  readonly why: string;
}

/**
 * Makes sure that the Docker engine has the images, pulling those it has not, all at once. Resolves with the optional ones that are
 * not to be had; SANDBOX_IMAGES_MISSING names every other one, and what to type for it, SANDBOX_IMAGE_ARCHITECTURE those that are for
 * another machine.
 */
export async function provideImages(
  docker: Docker,
  images: readonly NeededImage[],
  tell: (message: string) => void,
  signal: AbortSignal,
): Promise<readonly MissingImage[]> {
  const absent = (
    await Promise.all(
      images.map(async (needed) => {
        if ((await imageInEngine(docker, needed.image)) !== undefined) return undefined;
        if (needed.made !== undefined) return { ...needed, why: "it is made on this machine, and has not been" };
        try {
          tell(`Pulling ${needed.image}`);
          await pullImage(docker, needed.image, pullTold(needed.image, tell), signal);
          return undefined;
        } catch (error) {
          signal.throwIfAborted();
          return { ...needed, why: `it cannot be pulled: ${messageOf(error)}` };
        }
      }),
    )
  ).filter((found) => found !== undefined);
  const missing = absent.filter(({ isOptional }) => isOptional !== true);
  if (missing.length === 0) {
    const found = images.map(({ image }) => image).filter((image) => absent.every((one) => one.image !== image));
    await checkArchitecture(docker, found);
    return absent;
  }
  const command = ({ made, image }: NeededImage): string => made ?? `docker pull ${image}`;
  throw new FlyteError({
    code: "SANDBOX_IMAGES_MISSING",
    blame: "environment",
    message: `the Docker engine lacks ${missing.length === 1 ? "an image" : `${missing.length} images`}:\n${missing
      .map((needed) => `  ${needed.image}: ${needed.why}\n    ${command(needed)}, or name another with ${needed.flag}`)
      .join("\n")}`,
    hint: `run: ${missing.map(command).join(" && ")}`,
    details: { images: missing.map((needed) => ({ image: needed.image, flag: needed.flag, command: command(needed) })) },
  });
}

/** Every tenth is told. */
function pullTold(image: string, tell: (message: string) => void): (done: number, of: number) => void {
  let told = 0;
  return (done, of) => {
    const tenths = Math.floor((10 * done) / of);
    if (tenths <= told) return;
    told = tenths;
    tell(`Pulling ${image}: ${Math.round(done / 1e6)} of ${Math.round(of / 1e6)} MB`);
  };
}
