import { expect, test } from "vitest";
import { readByteRange } from "./byte-range.ts";

test.for([
  [undefined, 10, undefined],
  ["bytes=0-0", 10, { first: 0, last: 0 }],
  ["bytes=5-", 10, { first: 5, last: 9 }],
  ["bytes=-4", 10, { first: 6, last: 9 }],
  ["bytes=-40", 10, { first: 0, last: 9 }],
  ["bytes=2-99", 10, { first: 2, last: 9 }],
  ["bytes=5-2", 10, undefined],
  ["bytes=1-2,3-4", 10, undefined],
  ["bytes=-", 10, undefined],
  ["items=1-2", 10, undefined],
] as const)("%s of %i bytes", ([header, size, range]) => {
  expect(readByteRange(header, size)).toEqual(range);
});

test.for([
  ["bytes=10-", 10],
  ["bytes=10-20", 10],
  ["bytes=-0", 10],
  ["bytes=0-0", 0],
  ["bytes=-5", 0],
] as const)("%s of %i bytes cannot be satisfied", ([header, size]) => {
  expect(() => readByteRange(header, size)).toThrow(
    expect.objectContaining({ code: "InvalidRange", headers: { "content-range": `bytes */${size}` } }),
  );
});
