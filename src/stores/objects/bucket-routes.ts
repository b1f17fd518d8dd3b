import { uploadsBucket } from "./multipart-uploads.ts";
import { readBodyText } from "./request-body.ts";
import { type S3Call, type S3Reply, xmlReply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import { document, element } from "./xml.ts";

/** Throws NoSuchBucket. */
export async function requireBucket({ request, context }: S3Call): Promise<void> {
  if (await context.blobs.headBucket(request.bucket)) return;
  throw new S3Error("NoSuchBucket", "The specified bucket does not exist");
}

export async function listBuckets({ context }: S3Call): Promise<S3Reply> {
  const buckets = (await context.blobs.listBuckets()).filter((bucket) => bucket.name !== uploadsBucket);
  const entries = buckets.map((bucket) =>
    element("Bucket", [element("Name", bucket.name), element("CreationDate", new Date(bucket.createdAt).toISOString())]),
  );
  const owner = element("Owner", [element("ID", "flyte"), element("DisplayName", "flyte")]);
  return xmlReply(document("ListAllMyBucketsResult", [owner, element("Buckets", entries)]));
}

export async function headBucket(call: S3Call): Promise<S3Reply> {
  await requireBucket(call);
  return { status: 200, headers: { "x-amz-bucket-region": call.context.region } };
}

export async function createBucket(call: S3Call): Promise<S3Reply> {
  const { request, context } = call;
  // The body may name a region; there is only one place here.
  await readBodyText(call, 64 * 1024);
  if (await context.blobs.headBucket(request.bucket)) {
    throw new S3Error("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.");
  }
  await context.blobs.createBucket(request.bucket);
  return { status: 200, headers: { location: `/${request.bucket}` } };
}

export async function getBucketLocation(call: S3Call): Promise<S3Reply> {
  await requireBucket(call);
  // S3 writes its first region as nothing.
  return xmlReply(document("LocationConstraint", call.context.region === "us-east-1" ? "" : call.context.region));
}
