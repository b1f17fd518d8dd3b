import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { AdminClient } from "../../client/admin-client.ts";

export interface UploadPlace {
  readonly project: string;
  readonly domain: string;
  readonly filename: string;
  /** The folder, shared by the files of a directory; made from the content otherwise. */
  readonly filenameRoot?: string;
}

/** Bytes, or the path of a regular file, which is never in memory whole. */
export type Content = Uint8Array | { readonly file: string };

/** Puts content where the deployment's data proxy says, and returns its URI for tasks. StatusError, FlyteError TRANSFER_FAILED, or the file's error. */
export async function uploadContent(admin: AdminClient, place: UploadPlace, content: Content, signal?: AbortSignal): Promise<string> {
  const md5 = await md5Of(content);
  const options = signal ? { signal } : {};
  const location = await admin.createUploadLocation({ ...place, contentMd5: md5, addContentMd5Metadata: true }, options);
  // These two are sent in any case, and a signed header that comes twice matches no signature.
  const headers = Object.entries(location.headers ?? {}).filter(([name]) => !/^content-(md5|length)$/i.test(name));
  const { upload } = await import("../../client/transfers.ts");
  await upload({ url: location.signedUrl ?? "", headers: Object.fromEntries(headers), body: content, md5 }, options);
  return location.nativeUrl ?? "";
}

/** 16 bytes. */
export async function md5Of(content: Content): Promise<Uint8Array> {
  const hash = createHash("md5");
  if (!("file" in content)) return hash.update(content).digest();
  for await (const chunk of createReadStream(content.file)) hash.update(chunk as Uint8Array);
  return hash.digest();
}
