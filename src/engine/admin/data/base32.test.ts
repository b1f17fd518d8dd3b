import { expect, test } from "vitest";
import { base32 } from "./base32.ts";

// RFC 4648, section 10.
test.for([
  ["", ""],
  ["f", "MY======"],
  ["fo", "MZXQ===="],
  ["foo", "MZXW6==="],
  ["foob", "MZXW6YQ="],
  ["fooba", "MZXW6YTB"],
  ["foobar", "MZXW6YTBOI======"],
])("base32 of %s is %s", ([text = "", encoded]) => {
  expect(base32(Buffer.from(text))).toBe(encoded);
});
