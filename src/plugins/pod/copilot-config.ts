import { dataPaths, dataTimeout } from "../machinery/data-paths.ts";

/** What fetches the inputs of raw containers and sends their outputs; the names are those of Flyte's `co-pilot`, in camel case. */
export interface CopilotConfig {
  /** Prefix of its containers' names. */
  readonly name: string;
  /** Empty for the image that propeller itself runs from. */
  readonly image: string;
  /** The program in the image, before `download` and `sidecar`. */
  readonly command: readonly string[];
  /** Where a task's container has its data unless the task says so. */
  readonly defaultInputPath: string;
  readonly defaultOutputPath: string;
  readonly inputVolName: string;
  readonly outputVolName: string;
  /** Requests and limits of each of its containers. */
  readonly cpu: string;
  readonly memory: string;
  /** Milliseconds for all inputs, and for all outputs. */
  readonly timeout: number;
  /** Instead of its own. */
  readonly securityContext?: object;
}

/** Flyte's own but for the image, its program, and the memory: 128Mi there, of which Node alone takes the half. */
export const defaultCopilotConfig: CopilotConfig = {
  name: "flyte-copilot-",
  image: "",
  command: ["/usr/local/bin/flyte", "copilot"],
  defaultInputPath: dataPaths.inputs,
  defaultOutputPath: dataPaths.outputs,
  inputVolName: "flyte-inputs",
  outputVolName: "flyte-outputs",
  cpu: "500m",
  memory: "256Mi",
  timeout: dataTimeout,
};

/** The names of the containers that fetch inputs and send outputs. */
export const downloaderOf = ({ name }: CopilotConfig): string => `${name}downloader`;
export const uploaderOf = ({ name }: CopilotConfig): string => `${name}uploader`;
