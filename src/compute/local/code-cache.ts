import { createHash } from "node:crypto";
import { createWriteStream, renameSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { hasStatus } from "../../idl/status.ts";
import type { Clock } from "../../std/clock.ts";
import { FlyteError } from "../../std/errors.ts";
import { randomText, type Random } from "../../std/random.ts";
import { expired, type Kept } from "../machinery/retention.ts";
import { unpackArchive, type ArchiveLimits } from "./unpack-archive.ts";

const unpacking = ".unpacking-";
const removing = ".removing-";
/** Begins the name of a file that says, as text, how many bytes a directory holds; touched when the directory is used. */
const usage = ".used-";
/** Finer than this, milliseconds, nobody asks when code was used. */
const usageStep = 3_600_000;
/** flytekit's name for code sent as a pickle, which it reads itself. */
const pickled = "pkl.gz";

/** Code of fast registrations, unpacked once a URI; the URI has the content's hash in it, so it never changes. */
export class CodeCache {
  readonly #directory: string;
  readonly #fetch: (uri: string) => Promise<AsyncIterable<Uint8Array>>;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #limits: ArchiveLimits;
  readonly #underway = new Map<string, Promise<string>>();
  /** When the use of each was last written down. */
  readonly #noted = new Map<string, number>();

  constructor(
    directory: string,
    fetch: (uri: string) => Promise<AsyncIterable<Uint8Array>>,
    random: Random,
    clock: Clock,
    limits: ArchiveLimits = { entries: 100_000, bytes: 2 ** 31 },
  ) {
    this.#directory = directory;
    this.#fetch = fetch;
    this.#random = random;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Clears what a process that died was unpacking. */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#directory)) {
      if (name.startsWith(unpacking) || name.startsWith(removing)) await rm(join(this.#directory, name), { recursive: true, force: true });
    }
  }

  /** The directory with the code of `uri`. FlyteError when it is absent or no sound archive; other errors may pass. */
  get(uri: string): Promise<string> {
    const known = this.#underway.get(uri);
    if (known) return known;
    const work = this.#load(uri).finally(() => this.#underway.delete(uri));
    this.#underway.set(uri, work);
    return work;
  }

  /**
   * Removes what is older or more than the limits say. Code that an attempt is about to use, uses, or may use again is not:
   * `inUse` tells its URIs.
   */
  async prune(inUse: () => ReadonlySet<string>, limits: { readonly bytes: number; readonly age: number }): Promise<void> {
    const all: (Kept & { readonly name: string })[] = [];
    for (const name of await readdir(this.#directory)) {
      if (name.startsWith(".")) continue;
      const mark = join(this.#directory, `${usage}${name}`);
      // Code of before there were marks is measured once.
      if (!(await exists(mark))) await writeFile(mark, String(await sizeOf(join(this.#directory, name))), { mode: 0o600 });
      all.push({ name, bytes: Number(await readFile(mark, "utf8")), lastUsed: (await stat(mark)).mtimeMs });
    }
    for (const { name } of expired(all, { count: Infinity, ...limits }, this.#clock.now())) {
      const used = new Set([...inUse(), ...this.#underway.keys()].map(directoryName));
      if (used.has(name)) continue;
      // In the same moment: whoever comes from now on finds none and unpacks it anew.
      const condemned = join(this.#directory, `${removing}${randomText(this.#random, 10)}`);
      renameSync(join(this.#directory, name), condemned);
      this.#noted.delete(name);
      await rm(join(this.#directory, `${usage}${name}`), { force: true });
      await rm(condemned, { recursive: true, force: true });
    }
  }

  async #load(uri: string): Promise<string> {
    const key = directoryName(uri);
    const place = join(this.#directory, key);
    if (await exists(place)) {
      await this.#note(key);
      return place;
    }
    const name = basename(uri);
    if (!name.endsWith(".tar.gz") && name !== pickled) {
      throw new FlyteError({
        code: "CODE_ARCHIVE_UNKNOWN",
        blame: "usage",
        message: `the code of this task is at ${JSON.stringify(uri)}, which is no .tar.gz`,
        hint: uri.includes("{{")
          ? "register the package with pyflyte register, flytectl or flyte, which put the archive's address there"
          : "register the code again",
      });
    }
    const temporary = join(this.#directory, `${unpacking}${randomText(this.#random, 10)}`);
    try {
      await mkdir(temporary, { mode: 0o700 });
      const body = await this.#fetch(uri);
      if (name === pickled) await pipeline(body, createWriteStream(join(temporary, pickled), { flush: true }));
      else await unpackArchive(body, temporary, this.#limits);
      await writeFile(join(this.#directory, `${usage}${key}`), String(await sizeOf(temporary)), { mode: 0o600 });
      await rename(temporary, place).catch(async (error: unknown) => {
        // Another process was faster.
        if (!(await exists(place))) throw error;
      });
      return place;
    } catch (error) {
      if (!hasStatus(error, "NOT_FOUND")) throw error;
      throw new FlyteError({
        code: "CODE_ARCHIVE_NOT_FOUND",
        blame: "usage",
        message: `the code of this task, ${uri}, is not in the object store`,
        hint: "register the code again",
        cause: error,
      });
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async #note(key: string): Promise<void> {
    const now = this.#clock.now();
    if (now - (this.#noted.get(key) ?? 0) < usageStep) return;
    this.#noted.set(key, now);
    // Without a mark: what looks for old code makes it.
    await utimes(join(this.#directory, `${usage}${key}`), now / 1000, now / 1000).catch(() => undefined);
  }
}

function directoryName(uri: string): string {
  return createHash("sha256").update(uri).digest("hex").slice(0, 32);
}

/** Bytes of the files below. */
async function sizeOf(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  return bytes;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
