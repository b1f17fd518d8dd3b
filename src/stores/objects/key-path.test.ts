import { join, normalize } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keyPath, meaningOf } from "./key-path.ts";

const awkward = fc.constantFrom(
  "/",
  ".",
  "..",
  "%",
  "~",
  "%~",
  "%~e",
  "%~c",
  "%~o",
  "%~p",
  "%00",
  "%25",
  "\0",
  "a",
  "A",
  "é",
  "\u{1f600}",
  " ",
  "\\",
  "x".repeat(239),
  "x".repeat(240),
);
const key = fc
  .oneof(
    fc.array(awkward, { minLength: 1, maxLength: 12 }).map((parts) => parts.join("")),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 80 }),
  )
  .filter((text) => text !== "" && text.isWellFormed() && Buffer.byteLength(text) <= 1024);

const paths = (text: string): string[] => {
  const { directories, name, beside } = keyPath(text);
  return [[...directories, name].join("/"), [...directories, beside].join("/")];
};

test("every name is one that file systems hold, so that no path leaves the directory", () => {
  fc.assert(
    fc.property(key, (text) => {
      const { directories, name, beside } = keyPath(text);
      for (const part of [...directories, name, beside]) {
        expect(part).not.toMatch(/^\.{0,2}$|[/\0]/);
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(255);
      }
      const path = join("/root", ...directories, name);
      expect(normalize(path)).toBe(path);
      expect(path.startsWith("/root/")).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test("no two keys share a path, nor is one's file another's directory where it cannot step beside", () => {
  fc.assert(
    fc.property(key, key, (left, right) => {
      if (left === right) return;
      const [plainLeft = "", besideLeft = ""] = paths(left);
      const [plainRight = "", besideRight = ""] = paths(right);
      expect(new Set([plainLeft, besideLeft, plainRight, besideRight]).size).toBe(4);
      expect(plainRight.startsWith(`${besideLeft}/`)).toBe(false);
    }),
    { numRuns: 3000 },
  );
});

test("a path leads back to its key", () => {
  fc.assert(
    fc.property(key, (text) => {
      for (const path of paths(text)) {
        const parts = path.split("/").map((part) => meaningOf(part));
        const back = parts
          .map((meaning, index) => (meaning?.text ?? "?") + (index < parts.length - 1 && meaning?.part === "whole" ? "/" : ""))
          .join("");
        expect(back).toBe(text);
      }
    }),
    { numRuns: 3000 },
  );
});

test.for([
  ["a/b.txt", "a/b.txt"],
  ["50%/x", "50%/x"],
  ["a//b", "a/%~e/b"],
  ["../x", "%~e../x"],
  ["a/", "a/%~e"],
  ["n\0l", "%~en%00l"],
  ["%~x", "%~e%25~x"],
])("%j lies at %j", ([text, path]) => {
  expect(paths(text ?? "")[0]).toBe(path);
});
