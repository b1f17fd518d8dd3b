import { parseArgs } from "node:util";
import { type MetadataFormat, metadataFormats } from "../ports/container-data.ts";
import { parseDuration } from "../copilot/parse-duration.ts";
import { messageOf } from "../std/errors.ts";

/** What the copilot is told, of both its commands; texts are empty where they were not given. */
export interface CopilotFlags {
  readonly fromRemote: string;
  readonly directory: string;
  readonly toOutputPrefix: string;
  readonly toRawOutput: string;
  readonly errOutputName: string;
  readonly metaOutputName: string;
  readonly format: MetadataFormat;
  /** A TypedInterface in base64. */
  readonly interface: string;
  readonly watcher: "signal" | "noop";
  readonly timeoutMs: number;
}

/** Flags that nobody could have meant. */
export class CopilotUsage extends Error {}

const common = { "err-output-name": { type: "string" }, "to-output-prefix": { type: "string" } } as const;
const options = {
  download: {
    ...common,
    "from-remote": { type: "string", short: "f" },
    "to-local-dir": { type: "string", short: "o" },
    format: { type: "string", short: "m" },
    "download-mode": { type: "string", short: "d" },
    timeout: { type: "string", short: "t" },
    "input-interface": { type: "string", short: "i" },
  },
  sidecar: {
    ...common,
    "to-output-prefix": { type: "string", short: "o" },
    "to-raw-output": { type: "string", short: "x" },
    "from-local-dir": { type: "string", short: "f" },
    format: { type: "string", short: "m" },
    "upload-mode": { type: "string", short: "u" },
    "meta-output-name": { type: "string" },
    timeout: { type: "string", short: "t" },
    "start-timeout": { type: "string" },
    interface: { type: "string", short: "i" },
    "start-watcher-type": { type: "string" },
    "exit-watcher-type": { type: "string" },
  },
} as const;
/** Taken as Flyte takes them: named, and nothing else. */
const modes = ["DOWNLOAD_EAGER", "DOWNLOAD_STREAM", "DO_NOT_DOWNLOAD", "UPLOAD_ON_EXIT", "UPLOAD_EAGER", "DO_NOT_UPLOAD"] as const;
const watchers = ["signal", "noop"] as const;

/** The flags of a command, under the names that Flyte's copilot has for them. Throws CopilotUsage. */
export function copilotFlags(command: keyof typeof options, args: readonly string[]): CopilotFlags {
  let values: { readonly [name: string]: unknown };
  try {
    ({ values } = parseArgs({ args: [...args], options: options[command], strict: true, allowPositionals: false }));
  } catch (thrown) {
    throw new CopilotUsage(messageOf(thrown), { cause: thrown });
  }
  const text = (name: string, otherwise = ""): string => {
    const given = values[name];
    return typeof given === "string" ? given : otherwise;
  };
  const needed = (name: string): string => text(name) || wrong(`--${name} is required`);
  const chosen = <T extends string>(name: string, of: readonly T[], otherwise: T): T => {
    const given = text(name, otherwise);
    return of.find((one) => one === given) ?? wrong(`--${name} is one of ${of.join(", ")}, not ${given}`);
  };
  chosen("download-mode", modes, "DOWNLOAD_EAGER");
  chosen("upload-mode", modes, "UPLOAD_ON_EXIT");
  chosen("exit-watcher-type", watchers, "signal");
  return {
    fromRemote: command === "download" ? needed("from-remote") : "",
    directory: needed(command === "download" ? "to-local-dir" : "from-local-dir"),
    toOutputPrefix: needed("to-output-prefix").replace(/\/$/, ""),
    toRawOutput: command === "sidecar" ? needed("to-raw-output") : "",
    errOutputName: text("err-output-name", "errors.pb"),
    metaOutputName: text("meta-output-name", "outputs.pb"),
    format: chosen("format", metadataFormats, "JSON"),
    interface: text("interface"),
    watcher: chosen("start-watcher-type", watchers, "signal"),
    timeoutMs: millisecondsOf(text("start-timeout") || text("timeout", "1h")),
  };
}

function millisecondsOf(text: string): number {
  try {
    const milliseconds = Number(parseDuration(text) / 1_000_000n);
    return milliseconds > 0 ? milliseconds : wrong(`--timeout must be more than nothing, not ${text}`);
  } catch (thrown) {
    return wrong(messageOf(thrown));
  }
}

function wrong(message: string): never {
  throw new CopilotUsage(message);
}
