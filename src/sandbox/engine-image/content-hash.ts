import { createHash } from "node:crypto";
import type { ImageFile } from "./image-file.ts";

/** A hash of all that decides what an image is: the id of its base, how it is made, and its files (in their order). */
export function contentHash(baseId: string, dockerfile: string, files: readonly ImageFile[]): string {
  const hash = createHash("sha256");
  // Lengths before what is of any length: no two lists of parts are the same bytes.
  const add = (part: Buffer | string): void => {
    const bytes = Buffer.from(part);
    hash.update(`${bytes.length}:`).update(bytes);
  };
  add(baseId);
  add(dockerfile);
  for (const file of files) {
    add(file.name);
    add("link" in file ? "link" : file.executable ? "program" : "file");
    add("link" in file ? file.link : file.content);
  }
  return hash.digest("hex");
}
