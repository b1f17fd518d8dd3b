import type { IncomingMessage } from "node:http";
import { isBucketName, longestKey } from "./object-uri.ts";
import { S3Error } from "./s3-error.ts";

/** A request's address and headers, decoded. */
export interface S3Request {
  readonly http: IncomingMessage;
  readonly method: string;
  /** Decoded, with the leading slash. */
  readonly path: string;
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The first query parameter of that name. */
  parameter(name: string): string | undefined;
  /** By lower-case name; several of one name are joined with commas. */
  header(name: string): string | undefined;
}

const longestTarget = 16 * 1024;

/** Reads the request line, path style. The path is never normalized: keys may contain `..`. Throws InvalidURI, KeyTooLongError, InvalidBucketName. */
export function readS3Request(http: IncomingMessage): S3Request {
  const target = http.url ?? "";
  if (target.length > longestTarget) throw new S3Error("InvalidURI", "The URI is too long");
  const [rawPath = "", ...rest] = target.split("?");
  if (!rawPath.startsWith("/")) throw new S3Error("InvalidURI", "The URI must begin with a slash");
  const path = decode(rawPath);
  const end = path.indexOf("/", 1);
  const bucket = end < 0 ? path.slice(1) : path.slice(1, end);
  const key = end < 0 ? "" : path.slice(end + 1);
  if (bucket !== "" && !isBucketName(bucket)) throw new S3Error("InvalidBucketName", "The specified bucket is not valid.");
  if (Buffer.byteLength(key) > longestKey) throw new S3Error("KeyTooLongError", "Your key is too long");
  const query = readQuery(rest.join("?"));
  return {
    http,
    method: http.method ?? "GET",
    path,
    bucket,
    key,
    query,
    parameter: (name) => query.find(([other]) => other === name)?.[1],
    header: (name) => utf8Text(http.headersDistinct[name]?.join(",")),
  };
}

// Node reads headers as Latin-1; what clients sign and send are the bytes of UTF-8.
function utf8Text(header: string | undefined): string | undefined {
  return header === undefined ? undefined : Buffer.from(header, "latin1").toString("utf8");
}

function readQuery(text: string): [string, string][] {
  if (text === "") return [];
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      const [name, value] = equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
      return [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error("InvalidURI", "Couldn't parse the specified URI.");
  }
}
