import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../std/clock.ts";
import { parseKeyedUri } from "./object-uri.ts";
import type { Signer } from "./presign-url.ts";
import { signDownloadUrl, signUploadUrl } from "./signed-urls.ts";

/** The same objects, whose URLs are signed by another: for those who reach them at another address. */
export function signedFor(blobs: BlobStore, signer: Signer, clock: Clock): BlobStore {
  return {
    put: (...given) => blobs.put(...given),
    get: (...given) => blobs.get(...given),
    head: (uri) => blobs.head(uri),
    find: (...given) => blobs.find(...given),
    list: (...given) => blobs.list(...given),
    delete: (uri) => blobs.delete(uri),
    localPath: (uri) => blobs.localPath(uri),
    sync: (uri) => blobs.sync(uri),
    async signUpload(uri, terms) {
      const { bucket, key } = parseKeyedUri(uri);
      return signUploadUrl(signer, bucket, key, terms, clock.now());
    },
    async signDownload(uri, { expiresInSeconds }) {
      const { bucket, key } = parseKeyedUri(uri);
      return signDownloadUrl(signer, bucket, key, expiresInSeconds, clock.now());
    },
  };
}
