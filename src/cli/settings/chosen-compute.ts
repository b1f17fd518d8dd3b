import path from "node:path";
import { FlyteError } from "../../std/errors.ts";
import { fileLayer } from "./file-layer.ts";

const kinds = ["local", "docker"] as const;
type Compute = (typeof kinds)[number];

/** What tasks of an embedded sandbox are to be: the flag, else `sandbox.compute` of the project's ./.flyte/config.yaml. CONFIG_COMPUTE_UNKNOWN. */
export async function chosenCompute(
  flag: Compute | undefined,
  cwd: string,
): Promise<{ readonly compute: Compute | undefined; readonly computeSource: string }> {
  if (flag !== undefined) return { compute: flag, computeSource: "--compute" };
  const file = path.join(cwd, ".flyte", "config.yaml");
  const pinned = (await fileLayer(file))?.values.get("sandbox.compute");
  if (!pinned) return { compute: undefined, computeSource: "the default" };
  const compute = kinds.find((known) => known === pinned.value);
  if (compute !== undefined) return { compute, computeSource: file };
  throw new FlyteError({
    code: "CONFIG_COMPUTE_UNKNOWN",
    blame: "usage",
    message: `${file} asks for the sandbox compute ${JSON.stringify(pinned.value)}, which there is not`,
    hint: `set sandbox.compute there to one of ${kinds.join(", ")}`,
    details: { file },
  });
}
