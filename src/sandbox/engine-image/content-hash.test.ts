import { expect, test } from "vitest";
import { contentHash } from "./content-hash.ts";
import type { ImageFile } from "./image-file.ts";

const file = (name: string, content: string, executable = false): ImageFile => ({ name, content: Buffer.from(content), executable });

test("the same content has the same hash, and every part of it counts", () => {
  const link: ImageFile = { name: "l", link: "a" };
  const different = [
    contentHash("base", "dockerfile", [file("a", "1"), link]),
    contentHash("base2", "dockerfile", [file("a", "1"), link]),
    contentHash("base", "dockerfile2", [file("a", "1"), link]),
    contentHash("base", "dockerfile", [file("a", "2"), link]),
    contentHash("base", "dockerfile", [file("b", "1"), link]),
    contentHash("base", "dockerfile", [file("a", "1", true), link]),
    contentHash("base", "dockerfile", [file("a", "1"), { name: "l", link: "b" }]),
    contentHash("base", "dockerfile", [file("a", "1"), file("l", "a")]),
    contentHash("base", "dockerfile", [file("a", "1")]),
    contentHash("based", "ockerfile", [file("a", "1"), link]),
  ];
  expect(new Set(different).size).toBe(different.length);
  expect(contentHash("base", "dockerfile", [file("a", "1"), link])).toBe(different[0]);
});
