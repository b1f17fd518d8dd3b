const headerSize = 8;

/** The bytes of both streams of a container that has no terminal, in the order in which Docker tells them: 8 bytes before each piece say how long it is. */
export async function* demultiplex(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let header = Buffer.alloc(0);
  let left = 0;
  for await (const piece of stream) {
    let chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    while (chunk.length > 0) {
      if (left === 0) {
        const missing = headerSize - header.length;
        header = Buffer.concat([header, chunk.subarray(0, missing)]);
        chunk = chunk.subarray(missing);
        if (header.length < headerSize) break;
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const content = chunk.subarray(0, left);
      left -= content.length;
      chunk = chunk.subarray(content.length);
      yield content;
    }
  }
}
