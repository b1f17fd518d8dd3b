import { requireBucket } from "./bucket-routes.ts";
import { longestKey, objectUri } from "./object-uri.ts";
import { childText, parseXml } from "./parse-xml.ts";
import { readBodyText } from "./request-body.ts";
import { type S3Call, type S3Reply, xmlReply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import { document, element, type Markup } from "./xml.ts";

const mostKeys = 1000;
const largestBody = 4 << 20;

/** DeleteObject: absent objects are fine. */
export async function deleteObject(call: S3Call): Promise<S3Reply> {
  await requireBucket(call);
  await call.context.blobs.delete(objectUri(call.request.bucket, call.request.key));
  return { status: 204, headers: {} };
}

/** DeleteObjects (POST ?delete): up to 1000 keys, each answered for on its own. */
export async function deleteObjects(call: S3Call): Promise<S3Reply> {
  await requireBucket(call);
  const root = parseXml(await readBodyText(call, largestBody));
  const objects = root.children.filter((child) => child.name === "Object");
  if (root.name !== "Delete" || objects.length === 0 || objects.length > mostKeys) {
    throw new S3Error("MalformedXML", `A Delete document names 1 to ${mostKeys} objects`);
  }
  const quiet = childText(root, "Quiet") === "true";
  const results: Markup[] = [];
  for (const object of objects) {
    const key = childText(object, "Key") ?? "";
    const refusal = refusalOf(key, childText(object, "VersionId"));
    if (refusal) {
      results.push(element("Error", [element("Key", key), element("Code", refusal.code), element("Message", refusal.message)]));
      continue;
    }
    await call.context.blobs.delete(objectUri(call.request.bucket, key));
    if (!quiet) results.push(element("Deleted", [element("Key", key)]));
  }
  return xmlReply(document("DeleteResult", results));
}

function refusalOf(key: string, versionId: string | undefined): S3Error | undefined {
  if (versionId !== undefined && versionId !== "null") return new S3Error("NotImplemented", "Versions of objects are not implemented");
  if (key === "") return new S3Error("InvalidArgument", "The key is empty");
  return Buffer.byteLength(key) > longestKey ? new S3Error("KeyTooLongError", "Your key is too long") : undefined;
}
