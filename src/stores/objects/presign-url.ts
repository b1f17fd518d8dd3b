import { StatusError } from "../../idl/status.ts";
import { algorithm, amzTimestamp, canonicalQuery, encodeUri, scopeText, signingKey, signRequest } from "./canonical-request.ts";

/** S3's limit: seven days. */
export const longestExpiry = 7 * 24 * 3600;

/** Whose signature, and the address under which clients reach the S3 server. Read at every signature, so a getter may fill the port in later. */
export interface Signer {
  /** `http://localhost:30002`, without a path. */
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

export interface PresignRequest {
  readonly method: "GET" | "PUT";
  readonly bucket: string;
  readonly key: string;
  /** Signed: the sender must send them with these values. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signer: Signer;
  readonly expiresInSeconds: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A URL with an AWS Signature Version 4 in its query, path style. Throws INVALID_ARGUMENT for expiries that S3 refuses. */
export function presignUrl(request: PresignRequest): string {
  const { signer, expiresInSeconds } = request;
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > longestExpiry) {
    throw new StatusError("INVALID_ARGUMENT", `a signed URL expires in 1 to ${longestExpiry} seconds, not ${expiresInSeconds}`);
  }
  const endpoint = new URL(signer.endpoint);
  const path = `/${request.bucket}/${request.key}`;
  const timestamp = amzTimestamp(request.now);
  const scope = { day: timestamp.slice(0, 8), region: signer.region };
  const signed = { ...request.headers, host: endpoint.host };
  const headers = Object.entries(signed)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const query: [string, string][] = [
    ["X-Amz-Algorithm", algorithm],
    ["X-Amz-Credential", `${signer.accessKey}/${scopeText(scope)}`],
    ["X-Amz-Date", timestamp],
    ["X-Amz-Expires", String(expiresInSeconds)],
    ["X-Amz-SignedHeaders", headers.map(([name]) => name).join(";")],
  ];
  const signature = signRequest(
    { method: request.method, path, query, headers, payloadHash: "UNSIGNED-PAYLOAD" },
    timestamp,
    scope,
    signingKey(signer.secretKey, scope),
  );
  return `${endpoint.origin}${encodeUri(path, true)}?${canonicalQuery(query)}&X-Amz-Signature=${signature}`;
}
