import type { VariableMap } from "../idl/types.ts";

/** The form in which all inputs stand in one file, beside inputs.pb, which there always is. */
export const metadataFormats = ["JSON", "YAML", "PROTO"] as const;
export type MetadataFormat = (typeof metadataFormats)[number];

/** A directory of this machine that an attempt knows under another path, which is the one that is told. */
interface SharedDirectory {
  readonly directory: string;
  readonly seenAt: string;
}

export interface InputFiles extends SharedDirectory {
  /** Of inputs.pb. */
  readonly inputUri: string;
  readonly format: MetadataFormat;
}

export interface OutputFiles extends SharedDirectory {
  readonly outputs: VariableMap;
  /** Of outputs.pb, which is written last. */
  readonly outputUri: string;
  readonly rawOutputPrefix: string;
}

/**
 * Inputs and outputs as files, for containers that know nothing of Flyte. Either can be repeated. Both resolve with what
 * failed, in Flyte's words, or undefined; `signal` ends them.
 */
export interface ContainerData {
  /** Lays inputs out in a directory, which is made. */
  download(request: InputFiles, signal: AbortSignal): Promise<string | undefined>;
  /** Reads outputs from files, and writes them to the object store. */
  upload(request: OutputFiles, signal: AbortSignal): Promise<string | undefined>;
  /** What the task itself says that it has failed of, in its file for that in a directory of outputs; undefined when it does not. */
  told(directory: string): Promise<string | undefined>;
}
