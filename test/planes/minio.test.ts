import { blobStoreContract } from "../contract/blob-store-contract.ts";
import { s3ServerTests } from "../contract/s3-server-contract.ts";
import { openedS3Store } from "../integration/s3/opened-s3-store.ts";
import { minioBucket } from "../support/minio-bucket.ts";
import { minioCredentials } from "../support/minio.ts";

const open = async (clientEndpoint?: string) => {
  const { endpoint, bucket } = await minioBucket();
  return await openedS3Store({
    endpoint,
    base: `s3://${bucket}`,
    ...minioCredentials,
    ...(clientEndpoint !== undefined && { clientEndpoint }),
  });
};

// It keeps objects in files: no empty parts of a key, and none longer than a file's name may be.
const refuses = (key: string): boolean => key.includes("//") || key.split("/").some((part) => Buffer.byteLength(part) > 255);
blobStoreContract("S3, MinIO", open, { refuses, hidesBelowObjects: true });
s3ServerTests("MinIO", open);
