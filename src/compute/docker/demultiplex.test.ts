import { expect, test } from "vitest";
import { demultiplex } from "./demultiplex.ts";

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const bytes = Buffer.concat([frame(1, "one\n"), frame(2, ""), frame(2, "zwei ä\n"), frame(1, "x".repeat(300))]);

test.each(Array.from({ length: 24 }, (_, index) => index + 1))("however it is cut, here in pieces of %i", async (size) => {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
  const found: Buffer[] = [];
  const source = (async function* () {
    yield* pieces;
  })();
  for await (const piece of demultiplex(source)) found.push(piece);
  expect(Buffer.concat(found).toString()).toBe(`one\nzwei ä\n${"x".repeat(300)}`);
});
