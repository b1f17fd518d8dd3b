import type Docker from "dockerode";
import type { Readable } from "node:stream";

interface Progress {
  readonly error?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** Pulls an image, telling the bytes that have come so far and those known of. Rejects with the registry's or Docker's own words. */
export async function pullImage(
  docker: Docker,
  image: string,
  tell: (done: number, of: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const stream = (await docker.pull(image, { abortSignal: signal })) as Readable;
  let said: string | undefined;
  const layers = new Map<string, { readonly done: number; readonly of: number }>();
  await new Promise<void>((resolve, reject) => {
    const aborted = (): void => void stream.destroy(signal.reason as Error);
    signal.addEventListener("abort", aborted);
    docker.modem.followProgress(
      stream,
      (error) => {
        signal.removeEventListener("abort", aborted);
        if (signal.aborted) reject(signal.reason as Error);
        else if (error) reject(error);
        else if (said !== undefined) reject(new Error(said));
        else resolve();
      },
      ({ error, id, status, progressDetail }: Progress) => {
        // The library takes no notice of it, and of nothing else that goes wrong once a pull has begun.
        said ??= error;
        if (id === undefined || status !== "Downloading" || !progressDetail?.total) return;
        layers.set(id, { done: progressDetail.current ?? 0, of: progressDetail.total });
        const all = [...layers.values()];
        tell(
          all.reduce((sum, { done }) => sum + done, 0),
          all.reduce((sum, { of }) => sum + of, 0),
        );
      },
    );
  });
}
