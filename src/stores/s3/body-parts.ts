/** Joins what `body` gives into parts of `size` bytes, the last one shorter; of an empty body one empty part. */
export async function* bodyParts(body: Uint8Array | AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let start = 0; start === 0 || start < body.length; start += size) yield body.subarray(start, start + size);
    return;
  }
  let held: Uint8Array[] = [];
  let length = 0;
  let given = false;
  for await (const piece of body) {
    for (let start = 0; start < piece.length;) {
      const taken = piece.subarray(start, start + size - length);
      // Copied: whoever gives pieces may use their memory again.
      held.push(Uint8Array.from(taken));
      length += taken.length;
      start += taken.length;
      if (length < size) continue;
      yield Buffer.concat(held);
      [held, length, given] = [[], 0, true];
    }
  }
  if (length > 0 || !given) yield Buffer.concat(held);
}
