import type Docker from "dockerode";
import { FlyteError } from "../../../std/errors.ts";
import { platformOf } from "../../engine-image/platform.ts";

/** Rejects with SANDBOX_IMAGE_ARCHITECTURE, which names every image that is for another machine than the Docker engine's. */
export async function checkArchitecture(docker: Docker, images: readonly string[]): Promise<void> {
  const { OSType, Architecture } = (await docker.info()) as { readonly OSType: string; readonly Architecture: string };
  const wanted = platformOf(OSType, Architecture);
  const found = await Promise.all(
    images.map(async (image) => {
      const { Os, Architecture: own } = await docker.getImage(image).inspect();
      return { image, platform: platformOf(Os, own) };
    }),
  );
  const others = found.filter(({ platform }) => platform !== wanted);
  if (others.length === 0) return;
  throw new FlyteError({
    code: "SANDBOX_IMAGE_ARCHITECTURE",
    blame: "usage",
    message: `the Docker engine runs ${wanted}; ${others.map(({ image, platform }) => `${image} is for ${platform}`).join(", ")}`,
    hint: `get the right one: docker pull --platform ${wanted} IMAGE, or docker build --platform ${wanted}`,
    details: { wanted, images: others },
  });
}
