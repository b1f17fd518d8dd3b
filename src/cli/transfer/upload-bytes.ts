import { createHash } from "node:crypto";
import type { AdminClient } from "../../client/admin-client.ts";
import { FlyteError, messageOf } from "../../std/errors.ts";

export interface UploadPlace {
  readonly project: string;
  readonly domain: string;
  readonly filename: string;
  /** The folder, shared by the files of a directory; made from the content otherwise. */
  readonly filenameRoot?: string;
}

/** Puts bytes where the deployment's data proxy says, and returns their URI for tasks. StatusError, or FlyteError UPLOAD_REFUSED. */
export async function uploadBytes(admin: AdminClient, place: UploadPlace, bytes: Uint8Array, signal?: AbortSignal): Promise<string> {
  const contentMd5 = createHash("md5").update(bytes).digest();
  const location = await admin.createUploadLocation({ ...place, contentMd5, addContentMd5Metadata: true }, signal ? { signal } : {});
  const signedUrl = location.signedUrl ?? "";
  const { httpRequest } = await import("./http-request.ts");
  // The location's own headers are signed, and may be these two in another spelling: each goes once.
  const own = Object.entries(location.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers = { "content-length": String(bytes.length), "content-md5": contentMd5.toString("base64"), ...Object.fromEntries(own) };
  let status: number;
  let said: string;
  try {
    const reply = await httpRequest(signedUrl, { method: "PUT", headers, body: bytes, signal: signal ?? null });
    status = reply.statusCode;
    said = (await reply.body.text()).slice(0, 500);
  } catch (error) {
    signal?.throwIfAborted();
    throw refused(place, signedUrl, messageOf(error), error);
  }
  if (status < 200 || status > 299) throw refused(place, signedUrl, `HTTP ${status} ${said}`);
  return location.nativeUrl ?? "";
}

function refused(place: UploadPlace, signedUrl: string, why: string, cause?: unknown): FlyteError {
  // The query holds the signature.
  const address = signedUrl.replace(/\?.*$/s, "");
  return new FlyteError({
    code: "UPLOAD_REFUSED",
    blame: "deployment",
    message: `cannot upload ${place.filename} to ${address}: ${why.trim()}`,
    hint: "the object store must be reachable from here: the deployment signs addresses for it",
    details: { filename: place.filename, address },
    ...(cause === undefined ? {} : { cause }),
  });
}
