import { expect, test } from "vitest";
import { LogWriter } from "./log-writer.ts";

const log = (node: string, text: string | undefined, name = "") => ({
  urn: `te:p:d:e:${node}:p:d:my.task:v1:0`,
  name,
  uri: `http://h/${node}${name}`,
  bytes: text === undefined ? undefined : Buffer.from(text),
});

function written(headings: boolean, isTTY: boolean, ...pieces: ReturnType<typeof log>[]): string {
  const chunks: Buffer[] = [];
  const writer = new LogWriter({ isTTY, write: (chunk: string | Uint8Array) => chunks.push(Buffer.from(chunk)) > 0 }, headings);
  for (const piece of pieces) writer.write(piece, piece.name !== "");
  writer.end();
  return Buffer.concat(chunks).toString();
}

test("several logs in one stream: a heading each, an empty line between, also after a line that has no end", () => {
  const text = written(
    true,
    false,
    log("n0", "\none\n"),
    log("n0", "\ntwo"),
    log("n1", "three\n"),
    log("n2", undefined),
    log("n3", "x\n", "stderr"),
  );
  expect(text).toBe(
    "==> n0 my.task, attempt 0 <==\none\n\ntwo\n\n==> n1 my.task, attempt 0 <==\nthree\n\n==> n2 my.task, attempt 0 <==\nlies at http://h/n2\n\n==> n3 my.task, attempt 0, stderr <==\nx\n",
  );
});

test("one log alone is its bytes; on a terminal without what would move the cursor", () => {
  expect(written(false, false, log("n0", "\u001b[2Ja\u001b[31mb\n"))).toBe("\u001b[2Ja\u001b[31mb\n");
  expect(written(false, false, log("n0", "\nopen"))).toBe("\nopen");
  expect(written(true, false, log("n0", "open"))).toBe("==> n0 my.task, attempt 0 <==\nopen\n");
  expect(written(false, true, log("n0", "\u001b[2Ja\u001b[31mb\n"))).toBe("a\u001b[31mb\n");
});
