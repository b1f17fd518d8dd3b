import type { SignedUrl } from "../../ports/blob-store.ts";
import { type Signer, presignUrl } from "./presign-url.ts";

export interface UploadTerms {
  readonly expiresInSeconds: number;
  readonly contentMd5?: Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A presigned PUT: Content-MD5 and metadata are part of the signature, so the sender must send them as given. */
export function signUploadUrl(signer: Signer, bucket: string, key: string, terms: UploadTerms, now: number): SignedUrl {
  const headers: Record<string, string> = {};
  if (terms.contentMd5) headers["Content-MD5"] = Buffer.from(terms.contentMd5).toString("base64");
  for (const [name, value] of Object.entries(terms.metadata ?? {})) headers[`x-amz-meta-${name.toLowerCase()}`] = value;
  const url = presignUrl({ method: "PUT", bucket, key, headers, signer, expiresInSeconds: terms.expiresInSeconds, now });
  return { url, headers, expiresAt: now + terms.expiresInSeconds * 1000 };
}

/** A presigned GET. */
export function signDownloadUrl(signer: Signer, bucket: string, key: string, expiresInSeconds: number, now: number): SignedUrl {
  const url = presignUrl({ method: "GET", bucket, key, headers: {}, signer, expiresInSeconds, now });
  return { url, headers: {}, expiresAt: now + expiresInSeconds * 1000 };
}
