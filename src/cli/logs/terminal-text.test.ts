import { expect, test } from "vitest";
import { TerminalText } from "./terminal-text.ts";

const taken = (...pieces: (string | Uint8Array)[]): string => {
  const text = new TerminalText();
  return pieces.map((piece) => text.take(typeof piece === "string" ? Buffer.from(piece) : piece)).join("");
};

test.each([
  ["plain\ttext\r\nnext\n", "plain\ttext\r\nnext\n"],
  ["50%\r100%\n", "50%\r100%\n"],
  ["\u001b[31mred\u001b[0m \u001b[38;5;12mblue\u001b[m", "\u001b[31mred\u001b[0m \u001b[38;5;12mblue\u001b[m"],
  ["a\u001b[2Jb\u001b[10;10Hc", "abc"],
  ["a\u001b]0;title\u0007b", "ab"],
  ["a\u001b]8;;http://x\u001b\\link", "alink"],
  ["a\u001bPq#1\u001b\\b", "ab"],
  ["a\u001bcb", "ab"],
  ["a\u009b2Jb\u0007\u0008\u007f", "a2Jb"],
  ["a\u0000b", "ab"],
])("%j is shown as %j", (text, shown) => {
  expect(taken(text)).toBe(shown);
  // Wherever it is cut into pieces.
  for (let at = 1; at < text.length; at++) expect(taken(text.slice(0, at), text.slice(at)), `cut at ${at}`).toBe(shown);
});

test("a character whose bytes come in two pieces stays whole, and what is no UTF-8 is marked", () => {
  const bytes = Buffer.from("é€😀");
  for (let at = 1; at < bytes.length; at++) expect(taken(bytes.subarray(0, at), bytes.subarray(at))).toBe("é€😀");
  expect(taken(Buffer.from([0x61, 0xff, 0x62]))).toBe("a\ufffdb");
});
