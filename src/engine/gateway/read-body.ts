import type { IncomingMessage } from "node:http";
import { StatusError } from "../../idl/status.ts";

/** A request's whole body; RESOURCE_EXHAUSTED beyond `limit` bytes (what follows is read and dropped by the caller's answer). */
export async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const tooLarge = (): StatusError => new StatusError("RESOURCE_EXHAUSTED", `the body is larger than ${limit} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) throw tooLarge();
    parts.push(part);
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}
