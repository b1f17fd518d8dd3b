import { createHash, createHmac } from "node:crypto";

/** A request as AWS Signature Version 4 signs it. */
export interface SignableRequest {
  readonly method: string;
  /** Decoded, with the leading slash. */
  readonly path: string;
  /** Decoded, without X-Amz-Signature. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The signed ones only, by lower-case name, in the order of names. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** In hex, or one of the literals of x-amz-content-sha256. */
  readonly payloadHash: string;
}

/** Day, region and service a signature is valid in. `day` is YYYYMMDD. */
export interface SigningScope {
  readonly day: string;
  readonly region: string;
}

export const algorithm = "AWS4-HMAC-SHA256";

export function scopeText(scope: SigningScope): string {
  return `${scope.day}/${scope.region}/s3/aws4_request`;
}

/** Everything but `A-Z a-z 0-9 - . _ ~`, and slashes where asked to, as %XX. */
export function encodeUri(text: string, keepSlashes = false): string {
  const encoded = encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return keepSlashes ? encoded.replaceAll("%2F", "/") : encoded;
}

export function canonicalQuery(query: SignableRequest["query"]): string {
  return query
    .map(([name, value]) => [encodeUri(name), encodeUri(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** The signature in hex. `timestamp` is of the form 20260131T235959Z. */
export function signRequest(request: SignableRequest, timestamp: string, scope: SigningScope, key: Uint8Array): string {
  const canonical = [
    request.method,
    encodeUri(request.path, true),
    canonicalQuery(request.query),
    ...request.headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    request.headers.map(([name]) => name).join(";"),
    request.payloadHash,
  ].join("\n");
  return signText([algorithm, timestamp, scopeText(scope), sha256Hex(canonical)].join("\n"), key);
}

/** The key of a day and a region. */
export function signingKey(secretKey: string, scope: SigningScope): Uint8Array {
  return [scope.day, scope.region, "s3", "aws4_request"].reduce<Uint8Array>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    Buffer.from(`AWS4${secretKey}`),
  );
}

export function signText(text: string, key: Uint8Array): string {
  return createHmac("sha256", key).update(text).digest("hex");
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** 20260131T235959Z */
export function amzTimestamp(now: number): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** Epoch milliseconds of a time as amzTimestamp writes it; undefined for anything else. */
export function parseAmzTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const time = Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`);
  return Number.isNaN(time) ? undefined : time;
}
