import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";
import type { ComputeDirectory } from "../../ports/compute-backend.ts";

/**
 * An archive for the root of a container that is yet to be started: its directories of inputs with what is in them, and those for
 * outputs, for whomever the image runs as. `failed` is called when a file cannot be read; then the archive never ends.
 */
export function packDirectories(directories: readonly ComputeDirectory[], failed: (error: unknown) => void): Readable {
  const tar = pack();
  void fill(tar, directories).then(() => tar.finalize(), failed);
  return Readable.from(tar, { objectMode: false });
}

async function fill(tar: Pack, directories: readonly ComputeDirectory[]): Promise<void> {
  for (const { host, path: inside, isOutput } of directories) {
    const root = inside.replace(/^\/+/, "");
    tar.entry({ name: root, type: "directory", mode: 0o777 });
    if (isOutput) continue;
    for (const entry of await readdir(host, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.posix.join(root, path.relative(host, file).split(path.sep).join("/"));
      if (entry.isDirectory()) tar.entry({ name, type: "directory", mode: 0o777 });
      else
        await pipeline(
          createReadStream(file),
          tar.entry({ name, size: (await stat(file)).size, mode: 0o644 }) as unknown as NodeJS.WritableStream,
        );
    }
  }
}
