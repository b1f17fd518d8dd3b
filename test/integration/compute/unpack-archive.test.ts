import { mkdir, mkdtemp, readFile, readdir, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack, type Header } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unpackArchive } from "../../../src/compute/local/unpack-archive.ts";

type Entry = Partial<Header> & { readonly name: string; readonly text?: string };

async function archive(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { text, ...header } of entries) tar.entry(header, text ?? "");
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar as unknown as AsyncIterable<Uint8Array>) parts.push(part);
  return gzipSync(Buffer.concat(parts));
}

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "unpack-"));
  directory = join(parent, "code");
  await mkdir(directory);
});

afterEach(() => rm(parent, { recursive: true, force: true }));

const limits = { entries: 50, bytes: 1 << 20 };

function unpack(bytes: Uint8Array): Promise<void> {
  return unpackArchive(
    (async function* () {
      yield bytes;
    })(),
    directory,
    limits,
  );
}

test("files, directories, modes and links inside are made", async () => {
  await unpack(
    await archive([
      { name: "./", type: "directory" },
      { name: "./pkg/", type: "directory" },
      { name: "./pkg/mod.py", text: "x = 1\n", mode: 0o4755 },
      { name: "deep/er/data.txt", text: "data" },
      { name: "deep/er/up", type: "symlink", linkname: "../../pkg/mod.py" },
      { name: "deep/hard", type: "link", linkname: "deep/er/data.txt" },
    ]),
  );
  expect(await readFile(join(directory, "pkg/mod.py"), "utf8")).toBe("x = 1\n");
  expect((await stat(join(directory, "pkg/mod.py"))).mode & 0o7777).toBe(0o755);
  expect(await readlink(join(directory, "deep/er/up"))).toBe("../../pkg/mod.py");
  expect(await readFile(join(directory, "deep/er/up"), "utf8")).toBe("x = 1\n");
  expect(await readFile(join(directory, "deep/hard"), "utf8")).toBe("data");
});

describe("is refused, and nothing outside is touched", () => {
  const cases: readonly (readonly [string, readonly Entry[], string])[] = [
    ["parent in a name", [{ name: "../evil", text: "x" }], '"../evil" leaves the directory'],
    ["parent in the middle", [{ name: "a/../../evil", text: "x" }], "leaves the directory"],
    ["absolute name", [{ name: "/tmp/evil", text: "x" }], "is an absolute path"],
    ["absolute link", [{ name: "l", type: "symlink", linkname: "/etc/passwd" }], 'the link "l" leaves the directory'],
    ["climbing link", [{ name: "a/l", type: "symlink", linkname: "../../evil" }], "leaves the directory"],
    [
      "climbing through another link",
      [
        { name: "a", type: "symlink", linkname: "." },
        { name: "l", type: "symlink", linkname: "a/../evil" },
      ],
      "leaves the directory",
    ],
    ["hard link outside", [{ name: "l", type: "link", linkname: "../evil" }], "leaves the directory"],
    ["hard link to nothing", [{ name: "l", type: "link", linkname: "absent" }], "links to a file it does not contain"],
    ["device", [{ name: "d", type: "character-device", devmajor: 1, devminor: 3 }], '"d" is a character-device, not a file'],
    ["pipe", [{ name: "p", type: "fifo" }], "not a file"],
    ["too many entries", Array.from({ length: 51 }, (_, at) => ({ name: `f${at}`, text: "" })), "more than 50 entries"],
    ["a bomb", [{ name: "big", text: "0".repeat(2 << 20) }], "larger than 1048576 bytes"],
    ["nothing in it", [], "it is empty"],
  ];
  test.each(cases)("%s", async (_title, entries, text) => {
    await expect(unpack(await archive(entries))).rejects.toThrow(text);
    expect(await readdir(parent)).toEqual(["code"]);
  });

  test("writing through a link of the archive", async () => {
    await expect(
      unpack(
        await archive([
          { name: "l", type: "symlink", linkname: "x" },
          { name: "l/evil", text: "x" },
        ]),
      ),
    ).rejects.toThrow("damaged");
  });
});

test("a truncated archive and rubbish are refused as damaged", async () => {
  const whole = await archive([{ name: "a.py", text: "a".repeat(5000) + Math.PI.toString().repeat(300) }]);
  for (const bytes of [whole.subarray(0, whole.length - 20), whole.subarray(0, 30), Buffer.from("not an archive"), Buffer.alloc(0)]) {
    await expect(unpack(bytes)).rejects.toThrow(/damaged|empty/);
  }
  // Whole as gzip, torn as tar.
  const { gunzipSync } = await import("node:zlib");
  await expect(unpack(gzipSync(gunzipSync(whole).subarray(0, 700)))).rejects.toThrow("damaged");
});
