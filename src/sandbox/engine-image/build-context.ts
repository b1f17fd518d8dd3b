import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { ImageFile } from "./image-file.ts";

/** What the Docker engine builds from: the Dockerfile, and `files` below `root/`, all of root and of one time, so that equal files make equal layers. */
export function buildContext(dockerfile: string, files: readonly ImageFile[]): Readable {
  const context = pack();
  const owner = { uid: 0, gid: 0, mtime: new Date(0) };
  context.entry({ ...owner, name: "Dockerfile", mode: 0o644 }, dockerfile);
  for (const file of files) {
    const name = `root/${file.name}`;
    if ("link" in file) context.entry({ ...owner, name, type: "symlink", linkname: file.link });
    else context.entry({ ...owner, name, mode: file.executable ? 0o755 : 0o644 }, file.content);
  }
  context.finalize();
  return Readable.from(context);
}
