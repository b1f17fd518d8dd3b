import { expect, test } from "vitest";
import { type AwsChunkedOptions, decodeAwsChunked } from "./aws-chunked.ts";
import { sha256Hex, signingKey, signText } from "./canonical-request.ts";

async function decode(text: string, options: AwsChunkedOptions, pieceSize: number): Promise<string> {
  const bytes = Buffer.from(text, "latin1");
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of decodeAwsChunked(source(), options)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("latin1");
}

// The example of AWS's documentation of signed chunks: 64 KiB and 1 KiB of the letter a.
const signing = {
  seed: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
  key: signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", { day: "20130524", region: "us-east-1" }),
  timestamp: "20130524T000000Z",
  scope: "20130524/us-east-1/s3/aws4_request",
};
const last = "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9";
const documented = [
  "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
  "a".repeat(65536),
  "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
  "a".repeat(1024),
  `0;chunk-signature=${last}`,
  "",
  "",
].join("\r\n");

test.for([1, 7, 1000, 1 << 20])("signed chunks, arriving in pieces of %i", async (size) => {
  expect(await decode(documented, { signing }, size)).toBe("a".repeat(66560));
});

test("a changed byte, a changed order and a missing signature are refused", async () => {
  const changed = documented.replace("aaaa", "aaba");
  await expect(decode(changed, { signing }, 4096)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  await expect(decode(documented, { signing: { ...signing, seed: last } }, 4096)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  await expect(decode("3\r\nabc\r\n0\r\n\r\n", { signing }, 4096)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

test("trailers are handed over, and checked where signed", async () => {
  const seen: [string, string][] = [];
  const options = { onTrailers: (trailers: ReadonlyMap<string, string>) => void seen.push(...trailers) };
  expect(await decode("3\r\nabc\r\n2\r\nde\r\n0\r\nX-Amz-Checksum-Crc32: AAAA\r\n\r\n", options, 2)).toBe("abcde");
  expect(await decode("0\r\nx-a:b\r\n", options, 2)).toBe("");
  expect(seen).toEqual([
    ["x-amz-checksum-crc32", "AAAA"],
    ["x-a", "b"],
  ]);
  const hash = sha256Hex("x-amz-checksum-crc32:AAAA\n");
  const signature = signText(["AWS4-HMAC-SHA256-TRAILER", signing.timestamp, signing.scope, last, hash].join("\n"), signing.key);
  const body = (crc: string) => `${documented.slice(0, -2)}x-amz-checksum-crc32:${crc}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`;
  const signed = { signing, signedTrailer: true };
  expect(await decode(body("AAAA"), signed, 4096)).toHaveLength(66560);
  await expect(decode(body("AAAB"), signed, 4096)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  await expect(decode(documented, signed, 4096)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

test.for([
  ["3\r\nab", "IncompleteBody"],
  ["3\r\nabc\r\n", "IncompleteBody"],
  ["", "IncompleteBody"],
  ["3\r\nabcd\r\n0\r\n\r\n", "InvalidRequest"],
  ["xyz\r\n", "InvalidRequest"],
  ["-1\r\n", "InvalidRequest"],
  ["1".repeat(5000), "InvalidRequest"],
  [`0\r\n${"a:b\r\n".repeat(20)}\r\n`, "InvalidRequest"],
])("%j is refused as %s", async ([text = "", code]) => {
  await expect(decode(text, {}, 1000)).rejects.toMatchObject({ code });
});
