import { createHash } from "node:crypto";
import type { AdminClient } from "../../client/admin-client.ts";

export interface UploadPlace {
  readonly project: string;
  readonly domain: string;
  readonly filename: string;
  /** The folder, shared by the files of a directory; made from the content otherwise. */
  readonly filenameRoot?: string;
}

/** Puts bytes where the deployment's data proxy says, and returns their URI for tasks. StatusError, or FlyteError TRANSFER_FAILED. */
export async function uploadBytes(admin: AdminClient, place: UploadPlace, bytes: Uint8Array, signal?: AbortSignal): Promise<string> {
  const md5 = createHash("md5").update(bytes).digest();
  const options = signal ? { signal } : {};
  const location = await admin.createUploadLocation({ ...place, contentMd5: md5, addContentMd5Metadata: true }, options);
  // These two are sent in any case, and a signed header that comes twice matches no signature.
  const headers = Object.entries(location.headers ?? {}).filter(([name]) => !/^content-(md5|length)$/i.test(name));
  const { upload } = await import("../../client/transfers.ts");
  await upload({ url: location.signedUrl ?? "", headers: Object.fromEntries(headers), body: bytes, md5 }, options);
  return location.nativeUrl ?? "";
}
