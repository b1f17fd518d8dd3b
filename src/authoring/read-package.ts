import { createReadStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { FlyteError, messageOf } from "../std/errors.ts";
import type { Entity } from "./entity.ts";
import { entityOf, kindOfFileName } from "./entity.ts";

export interface EntityPackage {
  /** In the order of their file names: what others refer to comes first. */
  readonly entities: readonly Entity[];
  /** The code of `pyflyte package --fast`. */
  readonly code: { readonly name: string; readonly bytes: Uint8Array } | undefined;
}

const longest = 512 << 20;
const mostFiles = 20_000;

/** Whether a path is read as a package by its name. */
export function isPackage(file: string): boolean {
  return /\.(tgz|tar\.gz|tar)$/.test(file);
}

/**
 * Reads an archive of `pyflyte package` whole, unpacking nothing to disk. Throws FlyteError PACKAGE_CORRUPT,
 * PACKAGE_UNSAFE (a path that leads out, or a link), PACKAGE_EMPTY, or what entityOf throws.
 */
export async function readPackage(file: string): Promise<EntityPackage> {
  const files = new Map<string, Uint8Array>();
  const unpack = extract();
  let size = 0;
  unpack.on("entry", (header, stream, next) => {
    const chunks: Uint8Array[] = [];
    // What destroys the archive ends its entry with the same error.
    stream.on("error", () => undefined);
    const problem = problemOf(header.name, header.type ?? "file", files.size);
    if (problem) {
      unpack.destroy(refusal(file, "PACKAGE_UNSAFE", problem));
      return;
    }
    stream.on("data", (chunk) => {
      const bytes = chunk as Uint8Array;
      size += bytes.length;
      if (size > longest) unpack.destroy(refusal(file, "PACKAGE_UNSAFE", `it unpacks to more than ${longest >> 20} MiB`));
      else chunks.push(bytes);
    });
    stream.on("end", () => {
      if (header.type !== "directory") files.set(header.name.replace(/^\.\//, ""), Buffer.concat(chunks));
      next();
    });
  });
  try {
    const source = createReadStream(file);
    if (file.endsWith(".tar")) await pipeline(source, unpack);
    else await pipeline(source, createGunzip(), unpack);
  } catch (error) {
    if (error instanceof FlyteError) throw error;
    throw refusal(file, "PACKAGE_CORRUPT", messageOf(error));
  }
  const names = [...files.keys()].sort();
  const entities = names
    .filter((name) => name.endsWith(".pb"))
    .map((name) => entityOf(files.get(name) ?? new Uint8Array(), { kind: kindOfFileName(name), source: `${path.basename(file)}:${name}` }));
  if (entities.length === 0) throw refusal(file, "PACKAGE_EMPTY", "it holds no .pb file");
  const codeName = names.find((name) => /(^|\/)fast[^/]*\.tar\.gz$/.test(name));
  const code = codeName === undefined ? undefined : { name: path.basename(codeName), bytes: files.get(codeName) ?? new Uint8Array() };
  return { entities, code };
}

function problemOf(name: string, type: string, count: number): string | undefined {
  if (name.startsWith("/") || name.includes("\\") || name.split("/").includes("..")) return `[${name}] leads out of it`;
  if (type !== "file" && type !== "directory" && type !== "contiguous-file") return `[${name}] is a ${type}`;
  return count >= mostFiles ? `it holds more than ${mostFiles} files` : undefined;
}

function refusal(file: string, code: string, why: string): FlyteError {
  return new FlyteError({
    code,
    blame: "usage",
    message: `${file} is not a package to register: ${why}`,
    hint: "make it with: pyflyte --pkgs PACKAGE package --image IMAGE --output flyte-package.tgz",
    details: { file },
  });
}
