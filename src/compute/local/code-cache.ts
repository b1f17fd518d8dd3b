import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { hasStatus } from "../../idl/status.ts";
import { FlyteError } from "../../std/errors.ts";
import { randomText, type Random } from "../../std/random.ts";
import { unpackArchive, type ArchiveLimits } from "./unpack-archive.ts";

const unpacking = ".unpacking-";
/** flytekit's name for code sent as a pickle, which it reads itself. */
const pickled = "pkl.gz";

/** Code of fast registrations, unpacked once a URI; the URI has the content's hash in it, so it never changes. */
export class CodeCache {
  readonly #directory: string;
  readonly #fetch: (uri: string) => Promise<AsyncIterable<Uint8Array>>;
  readonly #random: Random;
  readonly #limits: ArchiveLimits;
  readonly #underway = new Map<string, Promise<string>>();

  constructor(
    directory: string,
    fetch: (uri: string) => Promise<AsyncIterable<Uint8Array>>,
    random: Random,
    limits: ArchiveLimits = { entries: 100_000, bytes: 2 ** 31 },
  ) {
    this.#directory = directory;
    this.#fetch = fetch;
    this.#random = random;
    this.#limits = limits;
  }

  /** Clears what a process that died was unpacking. */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#directory)) {
      if (name.startsWith(unpacking)) await rm(join(this.#directory, name), { recursive: true, force: true });
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

  async #load(uri: string): Promise<string> {
    const place = join(this.#directory, createHash("sha256").update(uri).digest("hex").slice(0, 32));
    if (await exists(place)) return place;
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
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
