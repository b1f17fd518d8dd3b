import { systemClock } from "../std/clock.ts";
import { messageOf } from "../std/errors.ts";
import { CopilotUsage, copilotFlags, type CopilotFlags } from "./copilot-flags.ts";
import { copilotStoreOf } from "./copilot-store.ts";
import { failureWithin } from "./failure-within.ts";

/**
 * `flyte copilot download|sidecar|ready`: what stands beside a container that knows nothing of Flyte, with the flags of Flyte's
 * own flyte-copilot. What is large is loaded late: a signal that comes before somebody listens is lost. Sets the exit code.
 */
export async function start(): Promise<void> {
  const [, , , command = "", ...args] = process.argv;
  try {
    await run(command, args);
  } catch (thrown) {
    say(messageOf(thrown));
    process.exitCode = thrown instanceof CopilotUsage ? 2 : 1;
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  switch (command) {
    case "download":
      return await download(copilotFlags("download", args));
    case "sidecar": {
      // Before anything else: see start.
      const ended = new Promise<void>((resolve) => process.on("SIGTERM", () => resolve()));
      return await sidecar(copilotFlags("sidecar", args), ended);
    }
    case "ready": {
      const { sidecarListens } = await import("../copilot/sidecar-listens.ts");
      return await sidecarListens(systemClock);
    }
    default:
      throw new CopilotUsage(`there is no flyte copilot ${command}: download, sidecar and ready are there`);
  }
}

async function download(flags: CopilotFlags): Promise<void> {
  const store = await copilotStoreOf(process.env);
  const { downloadInputs } = await import("../copilot/download-inputs.ts");
  const request = { inputUri: flags.fromRemote, directory: flags.directory, format: flags.format };
  const failed = await failureWithin(flags.timeoutMs, (signal) => downloadInputs(store, request, signal));
  if (failed === undefined) return say(`downloaded ${flags.fromRemote} to ${flags.directory}`);
  await tell(store, flags, "InputDownloadFailed", failed);
  // The task's container must not begin with half of its inputs.
  process.exitCode = 1;
}

async function sidecar(flags: CopilotFlags, ended: Promise<void>): Promise<void> {
  const store = await copilotStoreOf(process.env);
  const { uploadOutputs } = await import("../copilot/upload-outputs.ts");
  const { outputsOfInterface } = await import("../copilot/interface-outputs.ts");
  const outputs = outputsOfInterface(flags.interface);
  if (Object.keys(outputs.variables ?? {}).length === 0) return say("no outputs are declared");
  if (flags.watcher === "signal") {
    // The signal alone keeps no process alive.
    const alive = setInterval(() => undefined, 2 ** 30);
    await ended;
    clearInterval(alive);
  }
  const request = {
    directory: flags.directory,
    outputs,
    outputUri: `${flags.toOutputPrefix}/${flags.metaOutputName}`,
    rawOutputPrefix: flags.toRawOutput,
  };
  const failed = await failureWithin(flags.timeoutMs, (signal) => uploadOutputs(store, request, signal));
  if (failed === undefined) return say(`uploaded ${flags.directory} to ${request.outputUri}`);
  await tell(store, flags, "OutputUploadFailed", failed);
}

async function tell(store: Awaited<ReturnType<typeof copilotStoreOf>>, flags: CopilotFlags, code: string, message: string): Promise<void> {
  say(`${code}: ${message}`);
  const { putError } = await import("../copilot/put-error.ts");
  await putError(store, `${flags.toOutputPrefix}/${flags.errOutputName}`, code, message);
}

function say(line: string): void {
  process.stderr.write(`flyte copilot: ${line}\n`);
}
