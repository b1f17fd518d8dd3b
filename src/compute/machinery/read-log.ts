import { open } from "node:fs/promises";

const chunkSize = 64 << 10;

/**
 * The file's bytes from `from` on. When they are used up, `more` is awaited: false ends, true reads on. It is asked before the read that
 * finds nothing, so what is written before the end is never missed.
 */
export async function* readLog(
  path: string,
  more: { ended(): boolean; change(): Promise<void> } | undefined,
  from = 0,
): AsyncGenerator<Uint8Array> {
  let position = from;
  for (;;) {
    const ended = more === undefined || more.ended();
    const change = ended ? undefined : more.change();
    let read = 0;
    const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    try {
      for (;;) {
        const buffer = Buffer.allocUnsafe(chunkSize);
        const { bytesRead } = file ? await file.read(buffer, 0, chunkSize, position) : { bytesRead: 0 };
        if (bytesRead === 0) break;
        read += bytesRead;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file?.close();
    }
    if (ended) return;
    if (read === 0) await change;
  }
}
