import { link, lstat, mkdir, open, symlink } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Extract, type Header } from "tar-stream";
import { FlyteError } from "../../std/errors.ts";

export interface ArchiveLimits {
  /** Files, directories and links. */
  readonly entries: number;
  /** Bytes after decompression. */
  readonly bytes: number;
}

/**
 * Unpacks a .tar.gz into `directory`, which must be empty. FlyteError for anything that is not a whole archive or would
 * reach outside: absolute paths, `..`, links that leave, devices; or is larger than the limits.
 */
export async function unpackArchive(archive: AsyncIterable<Uint8Array>, directory: string, limits: ArchiveLimits): Promise<void> {
  const tar = extract();
  // Symbolic links are made last, so that no file is ever written through one.
  const links: { name: string; target: string }[] = [];
  let entries = 0;
  const feeding = feed(archive, tar, limits.bytes);
  const reading = (async () => {
    for await (const entry of tar) {
      const { header } = entry;
      const name = safeName(header);
      if (name !== "." && ++entries > limits.entries) throw refusal(`it has more than ${limits.entries} entries`);
      await unpackEntry(entry as unknown as AsyncIterable<Uint8Array>, header, name, directory, links);
      entry.resume();
    }
  })();
  const [fed, read] = await Promise.allSettled([feeding, reading]);
  // The reader's own refusal says more than the broken pipe it leaves behind.
  for (const outcome of [read, fed]) if (outcome.status === "rejected" && outcome.reason instanceof FlyteError) throw outcome.reason;
  for (const outcome of [fed, read]) if (outcome.status === "rejected") throw corrupt(outcome.reason);
  if (entries === 0) throw refusal("it is empty");
  for (const { name, target } of links) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await symlink(target, join(directory, name)).catch((error: unknown) => {
      throw corrupt(error);
    });
  }
}

/** Decompresses into `tar`; whoever of the two fails ends the other. */
async function feed(archive: AsyncIterable<Uint8Array>, tar: Extract, limit: number): Promise<void> {
  const gunzip = createGunzip();
  const closed = new Promise<void>((resolve) => void tar.once("close", resolve));
  const pouring = pipeline(archive, gunzip, async (chunks: AsyncIterable<Uint8Array>) => {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > limit) throw refusal(`it is larger than ${limit} bytes when unpacked`);
      if (tar.destroyed) throw new Error("not read to its end");
      if (!tar.write(chunk)) await Promise.race([new Promise<void>((resolve) => void tar.once("drain", resolve)), closed]);
    }
  });
  try {
    await pouring;
    tar.end(undefined);
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function unpackEntry(
  entry: AsyncIterable<Uint8Array>,
  header: Header,
  name: string,
  directory: string,
  links: { name: string; target: string }[],
): Promise<void> {
  const path = join(directory, name);
  switch (header.type) {
    case "directory":
      await mkdir(path, { recursive: true });
      return;
    case "file":
    case "contiguous-file": {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, "w", 0o600);
      try {
        for await (const chunk of entry) await file.writeFile(chunk);
        await file.chmod(((header.mode ?? 0o644) & 0o777) | 0o600);
        await file.sync();
      } finally {
        await file.close();
      }
      return;
    }
    case "symlink":
      links.push({ name, target: safeTarget(name, header.linkname ?? "") });
      return;
    case "link": {
      const source = join(directory, safeName({ name: header.linkname ?? "" }));
      if (!(await lstat(source).catch(() => undefined))?.isFile())
        throw refusal(`${JSON.stringify(name)} links to a file it does not contain`);
      await mkdir(dirname(path), { recursive: true });
      await link(source, path);
      return;
    }
    case "block-device":
    case "character-device":
    case "fifo":
    default:
      throw refusal(`${JSON.stringify(name)} is a ${header.type ?? "nameless thing"}, not a file`);
  }
}

/** The entry's normalised path; it stays inside. */
function safeName(header: Pick<Header, "name">): string {
  const { name } = header;
  if (name === "" || name.includes("\0")) throw refusal("it has an entry without a usable name");
  if (name.startsWith("/")) throw refusal(`${JSON.stringify(name)} is an absolute path`);
  if (name.split("/").includes("..")) throw refusal(`${JSON.stringify(name)} leaves the directory`);
  return posix.normalize(name).replace(/\/$/, "");
}

/**
 * A link may climb at its beginning only, and not out: `..` after the name of another link would mean that link's parent,
 * which cannot be known from the text.
 */
function safeTarget(name: string, target: string): string {
  const climbs = /^(?:\.\.?(?:\/|$))*/.exec(target)?.[0] ?? "";
  const up = climbs.split("/").filter((part) => part === "..").length;
  const depth = name.split("/").length - 1;
  if (
    target === "" ||
    target.includes("\0") ||
    target.startsWith("/") ||
    up > depth ||
    target.slice(climbs.length).split("/").includes("..")
  ) {
    throw refusal(`the link ${JSON.stringify(name)} leaves the directory`);
  }
  return target;
}

function refusal(why: string): FlyteError {
  return new FlyteError({
    code: "CODE_ARCHIVE_REFUSED",
    blame: "usage",
    message: `the code archive was refused: ${why}`,
    hint: "register the code again",
  });
}

function corrupt(cause: unknown): FlyteError {
  return new FlyteError({
    code: "CODE_ARCHIVE_CORRUPT",
    blame: "usage",
    message: `the code archive is damaged: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: "register the code again",
    cause,
  });
}
