import { FlyteError } from "../../std/errors.ts";
import { engineSaid } from "./engine-said.ts";

/**
 * An old Node; none on PATH; not even the program that looks for one on PATH. The numbers are the exit codes of the first two:
 * what a short process says may be lost on its way.
 */
const noNode =
  /returned a non-zero code: (3|127)$|flyte needs Node|env: .*node.*(no such file|not found)|exec.* \/usr\/local\/bin\/flyte.*no such file/im;

/** What the Docker engine said when it could not make `image`, as an error that names what to do. */
export function imageFailure(image: string, base: string, thrown: unknown, output: readonly string[] = []): FlyteError {
  const said = engineSaid(thrown);
  const all = [...output, said].join("\n");
  const details = { image, base, said };
  if (/no space left on device|disk quota exceeded/i.test(all)) {
    return new FlyteError({
      code: "ENGINE_IMAGE_DISK_FULL",
      blame: "environment",
      message: `the disk of the Docker engine is full: ${image} could not be made (${said})`,
      hint: "free some room, e.g. with: docker image prune, or: docker system df to see what takes it",
      details,
      cause: thrown,
    });
  }
  if (/exec format error/i.test(all)) return wrongArchitecture(base, "another architecture", "this engine's own", thrown);
  if (noNode.test(all)) {
    return new FlyteError({
      code: "ENGINE_IMAGE_BASE_UNSUITABLE",
      blame: "usage",
      message: `the base image ${base} cannot run the engine: ${output.findLast((line) => noNode.test(line)) ?? said}`,
      hint: "name a base with Node 24 or newer on its PATH, e.g. --base node:24-slim",
      details,
      cause: thrown,
    });
  }
  return new FlyteError({
    code: "ENGINE_IMAGE_BUILD_FAILED",
    blame: "environment",
    message: `the Docker engine could not make ${image}: ${said}${output.length > 0 ? `; it said last:\n${output.slice(-10).join("\n")}` : ""}`,
    hint: "see what it says with: docker info, and try again",
    details,
    cause: thrown,
  });
}

/** The base's processor is not the one of the Docker engine. */
export function wrongArchitecture(base: string, found: string, wanted: string, cause?: unknown): FlyteError {
  return new FlyteError({
    code: "ENGINE_IMAGE_ARCHITECTURE",
    blame: "usage",
    message: `the base image ${base} is for ${found}, the Docker engine runs ${wanted}`,
    hint: `get the right one: docker pull --platform ${wanted.includes("/") ? wanted : "linux/$(uname -m)"} ${base}, or name another with --base`,
    details: { base, found, wanted },
    cause,
  });
}
