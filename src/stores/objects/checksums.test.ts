import { expect, test } from "vitest";
import { startChecksum } from "./checksums.ts";

// The check values of the catalogue of CRC algorithms and of FIPS 180-2.
test.for([
  ["crc32", "123456789", "cbf43926"],
  ["crc32c", "123456789", "e3069283"],
  ["crc64nvme", "123456789", "ae8b14860a799888"],
  ["sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
])("%s of %s", ([algorithm = "", text = "", hex = ""]) => {
  for (let cut = 0; cut <= text.length; cut++) {
    const checksum = startChecksum(algorithm);
    checksum?.update(Buffer.from(text.slice(0, cut)));
    checksum?.update(Buffer.from(text.slice(cut)));
    expect(checksum?.digest()).toBe(Buffer.from(hex, "hex").toString("base64"));
  }
});

test("others are not known", () => {
  expect(startChecksum("md5")).toBeUndefined();
  expect(startChecksum("constructor")).toBeUndefined();
});
