import path from "node:path";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { VariableMap } from "../../idl/types.ts";
import type { ComputeDirectory } from "../../ports/compute-backend.ts";
import type { InputFiles, OutputFiles } from "../../ports/container-data.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { dataConfigOf } from "../machinery/data-config.ts";
import { dataPaths } from "../machinery/data-paths.ts";

/** What an attempt has as files, and where; nothing of what its task does not declare. */
export interface DataPlan {
  /** Of the attempt alone. */
  readonly root: string;
  readonly inputs: InputFiles | undefined;
  readonly outputs: OutputFiles | undefined;
  readonly directories: readonly ComputeDirectory[];
}

const formats = flyteidl.core.DataLoadingConfig.LiteralMapFormat;

/**
 * Undefined for a task whose data are no files. `parent` is the directory of all attempts' data. RangeError, for people, for paths that no
 * container can have.
 */
export function dataPlanOf(
  { template, generatedName, inputUri, outputPrefix, rawOutputPrefix }: TaskContext,
  parent: string,
): DataPlan | undefined {
  const config = dataConfigOf(template);
  if (!config) return undefined;
  const root = path.join(parent, generatedName);
  const declared = template.interface ?? {};
  const inputPath = checked("input_path", config.inputPath || dataPaths.inputs);
  const outputPath = checked("output_path", config.outputPath || dataPaths.outputs);
  const inputs = has(declared.inputs) && {
    inputUri,
    directory: path.join(root, "inputs"),
    seenAt: inputPath,
    format: config.format === formats.YAML ? ("YAML" as const) : config.format === formats.PROTO ? ("PROTO" as const) : ("JSON" as const),
  };
  const outputs = has(declared.outputs) && {
    directory: path.join(root, "outputs"),
    seenAt: outputPath,
    outputs: declared.outputs ?? {},
    outputUri: `${outputPrefix}/outputs.pb`,
    rawOutputPrefix,
  };
  if (inputs && outputs && inputPath === outputPath) {
    throw new RangeError(`data_config: [${inputPath}] cannot be both input_path and output_path`);
  }
  return {
    root,
    inputs: inputs || undefined,
    outputs: outputs || undefined,
    directories: [
      ...(inputs ? [{ host: inputs.directory, path: inputPath, isOutput: false }] : []),
      ...(outputs ? [{ host: outputs.directory, path: outputPath, isOutput: true }] : []),
    ],
  };
}

function has(map: VariableMap | null | undefined): boolean {
  return Object.keys(map?.variables ?? {}).length > 0;
}

function checked(key: string, given: string): string {
  const normal = path.posix.normalize(given).replace(/\/$/, "");
  if (normal === "" || !given.startsWith("/") || given.includes("\0") || given.split("/").includes("..")) {
    throw new RangeError(`data_config: ${key} [${given}] is no absolute path of a directory below /`);
  }
  return normal;
}
