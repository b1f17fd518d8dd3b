import { hasStatus } from "../../idl/status.ts";
import type { BlobEntry, BlobInfo, BlobStore } from "../../ports/blob-store.ts";
import { readBlob } from "../../ports/read-blob.ts";
import type { Random } from "../../std/random.ts";
import { S3Error } from "./s3-error.ts";

/** What an upload is to become. */
export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface UploadedPart {
  readonly number: number;
  readonly info: BlobEntry;
}

export interface ChosenPart {
  readonly number: number;
  readonly etag: string;
}

/** Holds the parts; clients cannot name it. */
export const uploadsBucket = "flyte-multipart-uploads";
export const mostParts = 10_000;
const smallestPart = 5 * 1024 ** 2;
const longestStay = 24 * 3600 * 1000;

/** Multipart uploads as objects of a bucket of their own, `<id>/target` and `<id>/part-00001`, so that they outlive a restart over any BlobStore. */
export class MultipartUploads {
  readonly #blobs: BlobStore;
  readonly #random: Random;

  constructor(blobs: BlobStore, random: Random) {
    this.#blobs = blobs;
    this.#random = random;
  }

  async create(target: UploadTarget): Promise<string> {
    const id = Buffer.from(this.#random.bytes(16)).toString("hex");
    await this.#blobs.put(targetUri(id), Buffer.from(JSON.stringify(target)));
    return id;
  }

  /** Throws NoSuchUpload, also when the upload is of another object. */
  async find(id: string, bucket: string, key: string): Promise<UploadTarget> {
    try {
      if (/^[0-9a-f]{32}$/.test(id)) {
        const target = JSON.parse(Buffer.from(await readBlob(this.#blobs, targetUri(id), 1 << 20)).toString("utf8")) as UploadTarget;
        if (target.bucket === bucket && target.key === key) return target;
      }
    } catch (thrown) {
      if (!hasStatus(thrown, "NOT_FOUND")) throw thrown;
    }
    throw new S3Error(
      "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    );
  }

  async putPart(id: string, number: number, body: AsyncIterable<Uint8Array>, contentMd5?: Uint8Array): Promise<BlobInfo> {
    return this.#blobs.put(partUri(id, number), body, contentMd5 ? { contentMd5 } : {});
  }

  /** In order of their numbers. */
  async parts(id: string): Promise<UploadedPart[]> {
    const items = await this.#items(`${folder(id)}part-`);
    return items.map((info) => ({ number: Number(info.uri.slice(-5)), info }));
  }

  /** Puts the chosen parts together under the target's name. Throws InvalidPartOrder, InvalidPart, EntityTooSmall. */
  async complete(id: string, target: UploadTarget, chosen: readonly ChosenPart[], ifAbsent: boolean): Promise<BlobInfo> {
    const stored = new Map((await this.parts(id)).map((part) => [part.number, part.info]));
    const sources = chosen.map(({ number, etag }, index) => {
      if (index > 0 && number <= (chosen[index - 1]?.number ?? 0)) {
        throw new S3Error("InvalidPartOrder", "The list of parts was not in ascending order.");
      }
      const info = stored.get(number);
      if (!info || info.etag !== etag) throw new S3Error("InvalidPart", `One or more of the specified parts could not be found: ${number}`);
      if (info.size < smallestPart && index < chosen.length - 1) {
        throw new S3Error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
      }
      return info;
    });
    const { bucket, key, contentType, metadata } = target;
    const info = await this.#blobs.put(`s3://${bucket}/${key}`, this.#joined(sources), { contentType, metadata, ifAbsent });
    await this.remove(id);
    return info;
  }

  async remove(id: string): Promise<void> {
    // The target last: what is left after a crash can be removed again.
    for (const { info } of await this.parts(id)) await this.#blobs.delete(info.uri);
    await this.#blobs.delete(targetUri(id));
  }

  /** Removes uploads that nothing was added to for a day. */
  async removeStale(now: number): Promise<void> {
    let startAfter: string | undefined;
    do {
      const page = await this.#blobs.list(`s3://${uploadsBucket}/`, {
        delimiter: "/",
        ...(startAfter === undefined ? {} : { startAfter }),
      });
      for (const prefix of page.prefixes) {
        const items = await this.#items(prefix);
        if (items.some((info) => info.modifiedAt > now - longestStay)) continue;
        for (const info of items) await this.#blobs.delete(info.uri);
      }
      startAfter = page.next;
    } while (startAfter !== undefined);
  }

  async *#joined(sources: readonly BlobEntry[]): AsyncGenerator<Uint8Array> {
    for (const source of sources) {
      const { info, body } = await this.#blobs.get(source.uri);
      for await (const piece of body) {
        if (info.etag !== source.etag) throw new S3Error("InvalidPart", "A part was replaced while the upload was completed");
        yield piece;
      }
    }
  }

  async #items(prefix: string): Promise<BlobEntry[]> {
    const items: BlobEntry[] = [];
    let startAfter: string | undefined;
    do {
      const page = await this.#blobs.list(prefix, startAfter === undefined ? {} : { startAfter });
      items.push(...page.items);
      startAfter = page.next;
    } while (startAfter !== undefined);
    return items;
  }
}

function folder(id: string): string {
  return `s3://${uploadsBucket}/${id}/`;
}

function targetUri(id: string): string {
  return `${folder(id)}target`;
}

function partUri(id: string, number: number): string {
  return `${folder(id)}part-${String(number).padStart(5, "0")}`;
}
