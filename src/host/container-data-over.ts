import { downloadInputs } from "../copilot/download-inputs.ts";
import { relink } from "../copilot/relink.ts";
import { toldError } from "../copilot/told-error.ts";
import { uploadOutputs } from "../copilot/upload-outputs.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { ContainerData } from "../ports/container-data.ts";
import { failureWithin } from "./failure-within.ts";

/** The copilot's work, done by this process. Each takes `timeoutMs` at most; no message names a directory of this machine. */
export function containerDataOver(blobs: BlobStore, timeoutMs: number): ContainerData {
  return {
    download: async (request, signal) =>
      asSeen(request, await failureWithin(timeoutMs, (either) => downloadInputs(blobs, request, either), signal)),
    upload: async (request, signal) => {
      const work = async (either: AbortSignal): Promise<void> => {
        await relink(request.directory, request.seenAt);
        await uploadOutputs(blobs, request, either);
      };
      return asSeen(request, await failureWithin(timeoutMs, work, signal));
    },
    told: (directory) => toldError(directory).catch(() => undefined),
  };
}

function asSeen(
  { directory, seenAt }: { readonly directory: string; readonly seenAt: string },
  text: string | undefined,
): string | undefined {
  return text?.replaceAll(directory, () => seenAt);
}
