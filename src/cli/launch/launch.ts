import type { flyteidl } from "../../idl/flyteidl.ts";
import { executionIdOf } from "../../idl/identifiers.ts";
import { formatUrn } from "../../idl/urn.ts";
import type { Deployment } from "../deployment.ts";
import { inputMap } from "../inputs/input-map.ts";
import { parseYaml } from "../inputs/parse-yaml.ts";
import { readInputsFile } from "../inputs/read-inputs-file.ts";
import { inputUpload } from "../inputs/input-upload.ts";
import { keyValues } from "./key-values.ts";
import { launchable } from "./launchable.ts";

export interface LaunchFlags {
  readonly input?: readonly string[] | undefined;
  readonly "inputs-file"?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly "overwrite-cache": boolean;
  readonly "max-parallelism"?: number | undefined;
  readonly interruptible?: boolean | undefined;
  readonly label?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
}

/** Starts an execution and returns its URN. Names of inputs are checked first of all; local files are uploaded as they are come to. */
export async function launch(deployment: Deployment, target: string, flags: LaunchFlags, announce: () => void): Promise<string> {
  const texts = keyValues(flags.input, "--input");
  const labels = keyValues(flags.label, "--label");
  const envs = keyValues(flags.env, "--env");
  const values = flags["inputs-file"] === undefined ? {} : await readInputsFile(flags["inputs-file"]);
  const { id, inputs: expected } = await launchable(deployment.admin, target, flags.version, deployment);
  announce();
  const inputs = await inputMap({ texts, values }, expected, { parseYaml, upload: inputUpload(deployment) });
  const spec: flyteidl.admin.ExecutionSpec.$Properties = {
    launchPlan: id,
    metadata: {},
    overwriteCache: flags["overwrite-cache"],
    ...(flags["max-parallelism"] === undefined ? {} : { maxParallelism: flags["max-parallelism"] }),
    ...(flags.interruptible === undefined ? {} : { interruptible: { value: flags.interruptible } }),
    ...(flags.label ? { labels: { values: labels } } : {}),
    ...(flags.env ? { envs: { values: Object.entries(envs).map(([key, value]) => ({ key, value })) } } : {}),
  };
  const { project, domain } = deployment;
  const reply = await deployment.admin.createExecution({ project, domain, name: flags.name ?? "", spec, inputs });
  return formatUrn({ kind: "execution", id: executionIdOf(reply.id) });
}
