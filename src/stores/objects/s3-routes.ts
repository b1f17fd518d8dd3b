import { createBucket, getBucketLocation, headBucket, listBuckets } from "./bucket-routes.ts";
import { copyObject } from "./copy-object.ts";
import { deleteObject, deleteObjects } from "./delete-objects.ts";
import { getObject } from "./get-object.ts";
import { listObjects } from "./list-objects.ts";
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload, listParts, uploadPart } from "./multipart-routes.ts";
import { putObject } from "./put-object.ts";
import type { S3Call, S3Reply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";

type Route = {
  /** Query parameters that choose the route; all must be there. */
  readonly with?: readonly string[];
  /** Query parameters it understands besides. */
  readonly also?: readonly string[];
  readonly handle: (call: S3Call) => Promise<S3Reply>;
};

const overrides = ["type", "language", "disposition", "encoding"]
  .map((part) => `response-content-${part}`)
  .concat("response-cache-control", "response-expires");
const listing = [
  "list-type",
  "prefix",
  "delimiter",
  "max-keys",
  "encoding-type",
  "continuation-token",
  "start-after",
  "fetch-owner",
  "marker",
];

/** Of one target and method the first route that fits is taken. */
const routes: Readonly<Record<"service" | "bucket" | "object", Readonly<Record<string, readonly Route[]>>>> = {
  service: { GET: [{ handle: listBuckets }] },
  bucket: {
    GET: [
      { with: ["location"], handle: getBucketLocation },
      { also: listing, handle: listObjects },
    ],
    HEAD: [{ handle: headBucket }],
    PUT: [{ handle: createBucket }],
    POST: [{ with: ["delete"], handle: deleteObjects }],
  },
  object: {
    GET: [
      { with: ["uploadId"], also: ["max-parts", "part-number-marker"], handle: listParts },
      { also: overrides, handle: getObject },
    ],
    HEAD: [{ also: overrides, handle: getObject }],
    PUT: [
      { with: ["partNumber", "uploadId"], handle: uploadPart },
      { handle: (call) => (call.request.header("x-amz-copy-source") === undefined ? putObject(call) : copyObject(call)) },
    ],
    POST: [
      { with: ["uploads"], handle: createMultipartUpload },
      { with: ["uploadId"], handle: completeMultipartUpload },
    ],
    DELETE: [{ with: ["uploadId"], handle: abortMultipartUpload }, { handle: deleteObject }],
  },
};

/** Throws NotImplemented for every operation, and every parameter of one, that is not known. */
export function findRoute(request: S3Request): (call: S3Call) => Promise<S3Reply> {
  const target = request.bucket === "" ? "service" : request.key === "" ? "bucket" : "object";
  const names = request.query.map(([name]) => name);
  const route = routes[target][request.method]?.find((candidate) => (candidate.with ?? []).every((name) => names.includes(name)));
  const known = [...(route?.with ?? []), ...(route?.also ?? [])];
  const unknown = names.filter((name) => !known.includes(name) && !/^x-/i.test(name));
  if (!route || unknown.length > 0) {
    const operation = `${request.method} of ${target === "object" ? "an" : "a"} ${target}${unknown.length > 0 ? ` with ?${unknown.join("&")}` : ""}`;
    throw new S3Error("NotImplemented", `The operation is not implemented: ${operation}`);
  }
  return route.handle;
}
