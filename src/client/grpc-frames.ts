import { StatusError } from "../idl/status.ts";

/** One gRPC message on the wire: a flag (0 = not compressed), four bytes of length, the message. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

/**
 * Cuts a byte stream into gRPC messages. A message beyond `limit` bytes is RESOURCE_EXHAUSTED before it is buffered; a
 * compressed one (never asked for) is INTERNAL; one cut short is UNAVAILABLE.
 */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let buffered = 0;
  let wanted = 5;
  let body = false;
  for await (const chunk of chunks) {
    parts.push(chunk);
    buffered += chunk.length;
    while (buffered >= wanted) {
      const all =
        parts.length === 1 && parts[0] ? Buffer.from(parts[0].buffer, parts[0].byteOffset, parts[0].byteLength) : Buffer.concat(parts);
      const piece = all.subarray(0, wanted);
      parts = [all.subarray(wanted)];
      buffered -= wanted;
      if (body) {
        yield piece;
        [wanted, body] = [5, false];
        continue;
      }
      if (piece[0] !== 0) throw new StatusError("INTERNAL", "the deployment sent a compressed message that was not asked for");
      const length = piece.readUInt32BE(1);
      if (length > limit) throw new StatusError("RESOURCE_EXHAUSTED", `the reply is ${length} bytes; at most ${limit} are accepted`);
      [wanted, body] = [length, true];
    }
  }
  if (body || buffered > 0) throw new StatusError("UNAVAILABLE", "the reply ended in the middle of a message");
}
