import path from "node:path";
import { FlyteError } from "../../std/errors.ts";
import { fileLayer } from "./file-layer.ts";

const backends = ["auto", "embedded", "kind"] as const;
type Backend = (typeof backends)[number];

/** What a sandbox is to run on: the flag, else `sandbox.backend` of the project's ./.flyte/config.yaml, else auto. CONFIG_BACKEND_UNKNOWN. */
export async function chosenBackend(
  flag: Backend | undefined,
  cwd: string,
): Promise<{ readonly backend: Backend; readonly backendSource: string }> {
  if (flag !== undefined) return { backend: flag, backendSource: "--backend" };
  const file = path.join(cwd, ".flyte", "config.yaml");
  const pinned = (await fileLayer(file))?.values.get("sandbox.backend");
  if (!pinned) return { backend: "auto", backendSource: "the default" };
  const backend = backends.find((known) => known === pinned.value);
  if (backend !== undefined) return { backend, backendSource: file };
  throw new FlyteError({
    code: "CONFIG_BACKEND_UNKNOWN",
    blame: "usage",
    message: `${file} asks for the sandbox backend ${JSON.stringify(pinned.value)}, which there is not`,
    hint: `set sandbox.backend there to one of ${backends.join(", ")}`,
    details: { file },
  });
}
