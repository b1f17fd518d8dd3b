import { expect, test } from "vitest";
import { bodyParts } from "./body-parts.ts";

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  const reused = Buffer.alloc(16);
  for (const text of texts) yield reused.subarray(0, reused.write(text));
}
const parts = async (body: Uint8Array | AsyncIterable<Uint8Array>): Promise<string[]> =>
  (await Array.fromAsync(bodyParts(body, 4))).map((part) => Buffer.from(part).toString());

test.for([
  { texts: [], wanted: [""] },
  { texts: [""], wanted: [""] },
  { texts: ["ab", "", "c"], wanted: ["abc"] },
  { texts: ["ab", "cd"], wanted: ["abcd"] },
  { texts: ["abcde"], wanted: ["abcd", "e"] },
  { texts: ["a", "bcdefghij", "k"], wanted: ["abcd", "efgh", "ijk"] },
])("$texts make parts of four bytes", async ({ texts, wanted }) => {
  expect(await parts(pieces(...texts))).toEqual(wanted);
  expect(await parts(Buffer.from(texts.join("")))).toEqual(wanted);
});
