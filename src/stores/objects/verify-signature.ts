import { timingSafeEqual } from "node:crypto";
import type { ChunkSigning } from "./aws-chunked.ts";
import { algorithm, parseAmzTimestamp, scopeText, type SigningScope, signingKey, signRequest } from "./canonical-request.ts";
import { longestExpiry } from "./presign-url.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What a valid signature says of the body. */
export interface Authentication {
  /** x-amz-content-sha256: a hash in hex or one of S3's literals. */
  readonly payloadHash: string;
  readonly signing: ChunkSigning;
}

const widestSkew = 15 * 60 * 1000;

interface Claim {
  readonly accessKey: string;
  readonly scope: SigningScope;
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payloadHash: string;
}

/** Checks AWS Signature Version 4 in the Authorization header or in the query. Any region is fine. Throws S3Error for all that is not signed, forged or late. */
export function verifySignature(request: S3Request, credentials: readonly Credentials[], now: number): Authentication {
  const authorization = request.header("authorization");
  const presigned = request.parameter("X-Amz-Algorithm") !== undefined || request.parameter("X-Amz-Signature") !== undefined;
  if (authorization !== undefined && presigned) throw new S3Error("InvalidArgument", "Only one auth mechanism allowed");
  // boto3 signs URLs that way unless it is configured with signature_version="s3v4".
  if (request.parameter("AWSAccessKeyId") !== undefined) throw otherMechanism();
  if (authorization === undefined && !presigned) throw new S3Error("AccessDenied", "Access Denied: the request is not signed");
  const claim = authorization === undefined ? claimOfQuery(request, now) : claimOfHeader(request, authorization, now);
  checkSignedHeaders(request, claim.signedHeaders);
  const known = credentials.find((candidate) => candidate.accessKey === claim.accessKey);
  if (!known) throw new S3Error("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
  const key = signingKey(known.secretKey, claim.scope);
  const expected = signRequest(
    {
      method: request.method,
      path: request.path,
      query: request.query.filter(([name]) => name !== "X-Amz-Signature"),
      headers: claim.signedHeaders.map((name) => [name, request.header(name) ?? ""] as const),
      payloadHash: claim.payloadHash,
    },
    claim.timestamp,
    claim.scope,
    key,
  );
  if (claim.signature.length !== expected.length || !timingSafeEqual(Buffer.from(claim.signature), Buffer.from(expected))) {
    throw new S3Error(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
  }
  return { payloadHash: claim.payloadHash, signing: { seed: expected, key, timestamp: claim.timestamp, scope: scopeText(claim.scope) } };
}

function claimOfHeader(request: S3Request, authorization: string, now: number): Claim {
  if (!authorization.startsWith(`${algorithm} `)) throw otherMechanism();
  const fields = new Map(
    authorization
      .slice(algorithm.length)
      .split(",")
      .map((field): [string, string] => {
        const equals = field.indexOf("=");
        return [field.slice(0, equals).trim(), field.slice(equals + 1).trim()];
      }),
  );
  const timestamp = request.header("x-amz-date") ?? "";
  const time = parseAmzTimestamp(timestamp);
  if (time === undefined) throw new S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
  if (Math.abs(now - time) > widestSkew) {
    throw new S3Error("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.");
  }
  const payloadHash = request.header("x-amz-content-sha256");
  if (payloadHash === undefined) throw new S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  const malformed = (): S3Error => new S3Error("AuthorizationHeaderMalformed", "The authorization header you provided is invalid.");
  return {
    ...credentialOf(fields.get("Credential") ?? "", timestamp, malformed),
    timestamp,
    signedHeaders: headerNames(fields.get("SignedHeaders"), malformed),
    signature: fields.get("Signature") ?? "",
    payloadHash,
  };
}

function claimOfQuery(request: S3Request, now: number): Claim {
  const malformed = (message = "Query-string authentication parameters are missing or malformed."): S3Error =>
    new S3Error("AuthorizationQueryParametersError", message);
  if (request.parameter("X-Amz-Algorithm") !== algorithm) throw malformed(`X-Amz-Algorithm only supports "${algorithm}"`);
  const timestamp = request.parameter("X-Amz-Date") ?? "";
  const time = parseAmzTimestamp(timestamp);
  const lasting = request.parameter("X-Amz-Expires") ?? "";
  if (time === undefined || !/^\d{1,7}$/.test(lasting)) throw malformed();
  if (Number(lasting) < 1 || Number(lasting) > longestExpiry) {
    throw malformed("X-Amz-Expires must be at least one and less than a week (in seconds); that is, 604800");
  }
  const signedHeaders = headerNames(request.parameter("X-Amz-SignedHeaders"), malformed);
  const signedHash = signedHeaders.includes("x-amz-content-sha256") ? request.header("x-amz-content-sha256") : undefined;
  const claim: Claim = {
    ...credentialOf(request.parameter("X-Amz-Credential") ?? "", timestamp, malformed),
    timestamp,
    signedHeaders,
    signature: request.parameter("X-Amz-Signature") ?? "",
    payloadHash: request.parameter("X-Amz-Content-Sha256") ?? signedHash ?? "UNSIGNED-PAYLOAD",
  };
  if (time > now + widestSkew) throw new S3Error("AccessDenied", "Request is not valid yet");
  if (now > time + Number(lasting) * 1000) throw new S3Error("AccessDenied", "Request has expired");
  return claim;
}

function otherMechanism(): S3Error {
  return new S3Error("InvalidRequest", `The authorization mechanism you have provided is not supported. Please use ${algorithm}.`);
}

function credentialOf(credential: string, timestamp: string, malformed: () => S3Error): Pick<Claim, "accessKey" | "scope"> {
  // The access key may contain slashes itself.
  const [, accessKey = "", day = "", region = ""] = /^(.+)\/(\d{8})\/([^/]+)\/s3\/aws4_request$/.exec(credential) ?? [];
  if (accessKey === "" || day !== timestamp.slice(0, 8)) throw malformed();
  return { accessKey, scope: { day, region } };
}

function headerNames(text: string | undefined, malformed: () => S3Error): string[] {
  const names = (text ?? "").split(";");
  if (
    !names.includes("host") ||
    names.some((name, index) => !/^[a-z0-9_.-]+$/.test(name) || (index > 0 && name <= (names[index - 1] ?? "")))
  ) {
    throw malformed();
  }
  return names;
}

function checkSignedHeaders(request: S3Request, signed: readonly string[]): void {
  const loose = Object.keys(request.http.headers).filter((name) => name.startsWith("x-amz-") && !signed.includes(name));
  // The hash of the content is part of what is signed anyway.
  const refused = loose.filter((name) => name !== "x-amz-content-sha256");
  if (refused.length > 0)
    throw new S3Error("AccessDenied", `There were headers present in the request which were not signed: ${refused.join(", ")}`);
}
