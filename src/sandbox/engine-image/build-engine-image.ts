import type Docker from "dockerode";
import { type DockerEngine, openDocker } from "../../compute/docker/docker-engine.ts";
import { packageRoot } from "../package-files.ts";
import { type BaseImage, baseImage, debootstrapBase, inspectImage } from "./base-image.ts";
import { buildContext } from "./build-context.ts";
import { contentHash } from "./content-hash.ts";
import { debianBase } from "./debian-base.ts";
import { engineDockerfile } from "./engine-dockerfile.ts";
import { engineFiles } from "./engine-files.ts";
import { imageFailure } from "./image-failure.ts";
import { checkImageName, withTag } from "./image-name.ts";
import { platformOf } from "./platform.ts";
import { ProgressError, readProgress } from "./read-progress.ts";

const contentLabel = "flyte.dev/content";

export interface EngineImageRequest {
  /** The package's, the tag by default. */
  readonly version: string;
  readonly tag?: string;
  /** An image with Node, or `debootstrap`. */
  readonly base: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: (line: string) => void;
}

export interface EngineImage {
  /** `flyte-engine:0.1.0` */
  readonly image: string;
  readonly id: string;
  readonly base: string;
  /** Bytes, its base's among them. */
  readonly size: number;
  /** False when an image of the same content was there. */
  readonly built: boolean;
}

/**
 * Makes the image of the engine from this package's own files, or finds the one that was made of the same before.
 * SANDBOX_DOCKER_UNREACHABLE, ENGINE_IMAGE_… when it cannot be.
 */
export async function buildEngineImage(request: EngineImageRequest): Promise<EngineImage> {
  const image = withTag(checkImageName(request.tag ?? `flyte-engine:${request.version}`, "--tag"));
  const files = await engineFiles(packageRoot());
  const engine = await openDocker(request.env);
  const base = await baseOf(engine, request);
  const hash = contentHash(base.id, engineDockerfile, files);
  const { docker } = engine;
  const before = await inspectImage(docker, image);
  const there = await docker.listImages({ filters: { label: [`${contentLabel}=${hash}`] } });
  const same = there[0];
  if (same) {
    const [repo, version] = splitName(image);
    await docker.getImage(same.Id).tag({ repo, tag: version });
  } else {
    request.progress(`Building ${image} on ${base.name}`);
    try {
      const stream = await docker.buildImage(buildContext(engineDockerfile, files), {
        t: image,
        buildargs: { BASE: base.name },
        labels: { [contentLabel]: hash, "org.opencontainers.image.version": request.version },
        forcerm: true,
      });
      await readProgress(stream);
    } catch (error) {
      const output = error instanceof ProgressError ? error.output : [];
      await removeUnfinished(docker, output);
      throw imageFailure(image, base.name, error, output);
    }
  }
  const made = await inspectImage(docker, image);
  if (!made) throw imageFailure(image, base.name, new Error("it was built and is not there"));
  if (before && before.Id !== made.Id) await removeUnnamed(docker, before.Id);
  return { image, id: made.Id, base: base.name, size: made.Size, built: !same };
}

async function baseOf(engine: DockerEngine, { base, env, progress }: EngineImageRequest): Promise<BaseImage> {
  checkImageName(base, "--base");
  const { OSType, Architecture } = (await engine.docker.info()) as { readonly OSType: string; readonly Architecture: string };
  const platform = platformOf(OSType, Architecture);
  return base === debootstrapBase ? debianBase(engine, platform, env, progress) : baseImage(engine.docker, base, platform, progress);
}

function splitName(image: string): readonly [string, string] {
  const colon = image.lastIndexOf(":");
  return [image.slice(0, colon), image.slice(colon + 1)];
}

/** The layers of a build that failed, which nobody would find again. */
async function removeUnfinished(docker: Docker, output: readonly string[]): Promise<void> {
  const last = output.flatMap((line) => /^---> ([0-9a-f]{12})$/.exec(line)?.[1] ?? []).at(-1);
  if (last !== undefined) await removeUnnamed(docker, last);
}

/** An image of ours that has lost its name to a newer one; one that has another name, or is in use, stays. */
async function removeUnnamed(docker: Docker, id: string): Promise<void> {
  const found = await inspectImage(docker, id);
  if (!found || found.RepoTags.length > 0) return;
  // In use: the engine knows better.
  await docker
    .getImage(id)
    .remove()
    .catch(() => undefined);
}
