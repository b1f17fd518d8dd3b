import { execa, type Options } from "execa";
import { cp, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { FlyteError } from "../../std/errors.ts";
import type { DockerEngine } from "../../compute/docker/docker-engine.ts";
import { type BaseImage, inspectImage } from "./base-image.ts";
import { imageFailure } from "./image-failure.ts";
import { platformOf } from "./platform.ts";
import { readProgress } from "./read-progress.ts";

const suite = "bookworm";
const nodeVersion = "24";
/** What Node loads, and the certificates of the world. */
const packages = "ca-certificates,libstdc++6";
const leftOut: readonly string[] = [
  "./dev/*",
  "./usr/share/doc/*",
  "./usr/share/locale/*",
  "./usr/share/man/*",
  "./var/cache/*",
  "./var/lib/apt/*",
  "./var/log/*",
];

/**
 * A base of Debian's packages and the Node that npm has, made when it is not there. Needs Linux, root, debootstrap and npm:
 * ENGINE_IMAGE_DEBOOTSTRAP says what is missing, or what failed.
 */
export async function debianBase(
  engine: DockerEngine,
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
  progress: (line: string) => void,
): Promise<BaseImage> {
  const name = `flyte-engine-base:${suite}-node${nodeVersion}`;
  const there = await inspectImage(engine.docker, name);
  if (there) return { name, id: there.Id };
  const own = platformOf(process.platform, process.arch);
  if (own !== platform)
    throw cannot(
      `this machine is ${own}, the Docker engine runs ${platform}`,
      "run it on a machine like the Docker engine's, or name an image with --base IMAGE",
    );
  if (process.getuid?.() !== 0)
    throw cannot(
      "debootstrap makes a root directory, which needs root",
      "run it as root: sudo flyte sandbox build-image --base debootstrap",
    );
  const scratch = await mkdtemp(path.join(os.tmpdir(), "flyte-base-"));
  try {
    progress(`Making ${name}: Debian ${suite} by debootstrap`);
    const root = path.join(scratch, "root");
    const mirror = env["DEBIAN_MIRROR"];
    await run("debootstrap", ["--variant=minbase", `--include=${packages}`, suite, root, ...(mirror ? [mirror] : [])]);
    progress(`Making ${name}: Node ${nodeVersion} from npm`);
    await run("npm", ["pack", "--silent", "--pack-destination", scratch, `node-linux-${process.arch}@${nodeVersion}`]);
    await run("sh", ["-c", "exec tar -xzf node-linux-*.tgz package/bin/node"], scratch);
    await cp(path.join(scratch, "package/bin/node"), path.join(root, "usr/local/bin/node"));
    await importRoot(engine, name, root);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const made = await inspectImage(engine.docker, name);
  if (!made) throw imageFailure(name, name, new Error("it was imported and is not there"));
  return { name, id: made.Id };
}

async function importRoot({ docker }: DockerEngine, name: string, root: string): Promise<void> {
  const tar = execa("tar", ["-C", root, ...leftOut.map((pattern) => `--exclude=${pattern}`), "-c", "."], { buffer: false, reject: false });
  const [repo, tag] = name.split(":");
  try {
    const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    await readProgress(await docker.importImage(tar.stdout, { repo, tag, changes: `ENV PATH=${path}` }));
  } catch (error) {
    tar.kill();
    throw imageFailure(name, name, error);
  }
}

async function run(program: string, args: readonly string[], cwd?: string): Promise<void> {
  const options = { reject: false, all: true, stdin: "ignore", ...(cwd !== undefined && { cwd }) } as const satisfies Options;
  const { failed, code, all } = await execa(program, args, options);
  if (!failed) return;
  if (code === "ENOENT")
    throw cannot(
      `there is no ${program} on PATH`,
      program === "debootstrap" ? "install it: apt-get install debootstrap" : `install ${program}`,
    );
  throw cannot(
    `${program} failed; its last lines were:\n${all.split("\n").slice(-10).join("\n")}`,
    "see whether Debian's mirror and npm's registry can be reached; DEBIAN_MIRROR names another mirror",
  );
}

function cannot(why: string, hint: string): FlyteError {
  return new FlyteError({
    code: "ENGINE_IMAGE_DEBOOTSTRAP",
    blame: "environment",
    message: `the base image cannot be made from Debian's packages: ${why}`,
    hint,
  });
}
