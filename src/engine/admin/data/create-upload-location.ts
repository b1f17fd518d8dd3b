import { flyteidl } from "../../../idl/flyteidl.ts";
import { StatusError } from "../../../idl/status.ts";
import { toTimestamp } from "../../../idl/time.ts";
import { randomText } from "../../../std/random.ts";
import type { BlobInfo } from "../../../ports/blob-store.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { invalidArgument, invalidField } from "../refusals.ts";
import { base32 } from "./base32.ts";
import { linkSeconds } from "./link-expiry.ts";

/** flytekit asks for it, and looks for it there when it reads. */
const md5MetadataKey = "flytecontentmd5";

/**
 * CreateUploadLocation: a URL for one PUT at `<container>/<prefix>/<project>/<domain>/<root or md5>/<filename>`. An object
 * that is there under a given root and name is replaced only by the same content: ALREADY_EXISTS else.
 */
export async function createUploadLocation(
  deps: AdminDeps,
  request: flyteidl.service.CreateUploadLocationRequest.$Properties,
): Promise<Uint8Array> {
  if (!request.project || !request.domain) throw invalidArgument("project and domain are required parameters");
  const md5 = request.contentMd5?.length ? request.contentMd5 : undefined;
  if (md5 === undefined && !request.filenameRoot) throw invalidArgument("content_md5 or filename_root is a required parameter");
  if (md5 && md5.length !== 16) throw invalidField("content_md5");
  const seconds = linkSeconds(request.expiresIn);
  const folder = request.filenameRoot || base32(md5 ?? new Uint8Array());
  const filename = request.filename || randomText(deps.random, 20);
  for (const [field, value] of Object.entries({ project: request.project, domain: request.domain, filename_root: folder, filename })) {
    if (value.split("/").some((part) => part === "." || part === "..")) throw invalidField(field);
  }
  const uri = [deps.settings.container, deps.settings.uploadPrefix, request.project, request.domain, folder, filename]
    .map((part) => part.replace(/^\/+|\/+$/g, ""))
    .filter((part) => part !== "")
    .join("/");
  if (request.filenameRoot && request.filename) {
    const existing = await deps.blobs.head(uri);
    if (existing && !(md5 && hasContent(existing, md5))) {
      throw new StatusError("ALREADY_EXISTS", `file already exists at location [${uri}], specify a matching hash if you wish to rewrite`);
    }
  }
  const signed = await deps.blobs.signUpload(uri, {
    expiresInSeconds: seconds,
    ...(md5 ? { contentMd5: md5 } : {}),
    ...(md5 && request.addContentMd5Metadata ? { metadata: { [md5MetadataKey]: Buffer.from(md5).toString("base64") } } : {}),
  });
  return flyteidl.service.CreateUploadLocationResponse.encode({
    signedUrl: signed.url,
    nativeUrl: uri,
    expiresAt: toTimestamp(signed.expiresAt),
    headers: { ...signed.headers },
  }).finish();
}

/** By the MD5 kept with it, or by its ETag, however that is written. */
function hasContent(info: BlobInfo, md5: Uint8Array): boolean {
  const bytes = Buffer.from(md5);
  const etag = info.etag.replace(/^"|"$/g, "");
  return (
    info.metadata[md5MetadataKey] === bytes.toString("base64") ||
    [bytes.toString("hex"), bytes.toString("base64"), base32(md5)].includes(etag)
  );
}
