import { randomUUID } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { inject } from "vitest";
import { minioCredentials } from "./minio.ts";

/** A new bucket in the project's MinIO, which goes when that does. */
export async function minioBucket(): Promise<{ readonly endpoint: string; readonly bucket: string }> {
  const endpoint = inject("minioEndpoint");
  const bucket = `b-${randomUUID()}`;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: minioCredentials.accessKey, secretAccessKey: minioCredentials.secretKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return { endpoint, bucket };
}
