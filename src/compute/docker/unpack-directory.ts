import { createWriteStream } from "node:fs";
import { copyFile, mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";

/**
 * Makes `directory` of an archive of one directory. Files are this user's, whoever they were of, and would survive a loss of power. Links stay as they
 * are, and are made last, so that no file is written through one. What is neither file, directory nor link is left out.
 */
export async function unpackDirectory(archive: Readable, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const tar = extract();
  const feeding = pipeline(archive, tar as unknown as NodeJS.WritableStream);
  const links: { readonly file: string; readonly target: string }[] = [];
  const reading = (async () => {
    for await (const entry of tar) {
      const { type, name, linkname } = entry.header;
      const file = within(directory, name);
      const own = file === directory ? directory : path.dirname(file);
      await mkdir(own, { recursive: true });
      if (type === "directory") await mkdir(file, { recursive: true });
      else if (type === "file" || type === "contiguous-file") {
        await pipeline(entry as unknown as NodeJS.ReadableStream, createWriteStream(file, { flush: true }));
        continue;
      } else if (type === "link") await copyFile(within(directory, linkname ?? ""), file);
      else if (type === "symlink") links.push({ file, target: linkname ?? "" });
      entry.resume();
    }
  })();
  const ends = await Promise.allSettled([reading, feeding]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  for (const { file, target } of links) await symlink(target, file);
}

/** An archive's names begin with that of its directory. */
function within(directory: string, name: string): string {
  const parts = name.split("/").slice(1);
  if (parts.includes("..")) throw new Error(`the archive of a container's directory has an entry [${name}]`);
  return path.join(directory, ...parts);
}
