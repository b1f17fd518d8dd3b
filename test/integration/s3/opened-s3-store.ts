import { systemClock } from "../../../src/std/clock.ts";
import { openS3BlobStore } from "../../../src/stores/s3/s3-blob-store.ts";
import type { OpenedBlobStore } from "../../contract/blob-store-contract.ts";

export interface OpenedS3 {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly clientEndpoint?: string;
  /** `s3://bucket`. */
  readonly base: string;
  /** Ends what is behind it. */
  close?(): Promise<void>;
}

/** A client of an S3 server. */
export async function openedS3Store({ base, close, ...server }: OpenedS3): Promise<OpenedBlobStore> {
  const blobs = await openS3BlobStore({ ...server, region: "us-east-1", clock: systemClock });
  return {
    blobs,
    base,
    async [Symbol.asyncDispose]() {
      await blobs.close();
      await close?.();
    },
  };
}
