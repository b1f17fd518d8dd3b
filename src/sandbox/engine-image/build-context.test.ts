import { buffer, text } from "node:stream/consumers";
import { extract, type Header } from "tar-stream";
import { expect, test } from "vitest";
import { buildContext } from "./build-context.ts";
import type { ImageFile } from "./image-file.ts";

const files: readonly ImageFile[] = [
  { name: "opt/flyte/bin/run.js", content: Buffer.from("#!node"), executable: true },
  { name: "opt/flyte/package.json", content: Buffer.from("{}"), executable: false },
  { name: "usr/local/bin/flyte", link: "/opt/flyte/bin/run.js" },
];

async function entriesOf(context: NodeJS.ReadableStream): Promise<readonly (Header & { readonly text: string })[]> {
  const entries: (Header & { readonly text: string })[] = [];
  const reader = extract();
  context.pipe(reader);
  for await (const entry of reader) entries.push({ ...entry.header, text: await text(entry) });
  return entries;
}

test("the files lie below root, as root's, with the modes they need", async () => {
  const entries = await entriesOf(buildContext("FROM scratch\n", files));
  expect(entries.map(({ name, type, mode, linkname, uid, gid, text: held }) => ({ name, type, mode, linkname, uid, gid, held }))).toEqual([
    { name: "Dockerfile", type: "file", mode: 0o644, linkname: null, uid: 0, gid: 0, held: "FROM scratch\n" },
    { name: "root/opt/flyte/bin/run.js", type: "file", mode: 0o755, linkname: null, uid: 0, gid: 0, held: "#!node" },
    { name: "root/opt/flyte/package.json", type: "file", mode: 0o644, linkname: null, uid: 0, gid: 0, held: "{}" },
    expect.objectContaining({ name: "root/usr/local/bin/flyte", type: "symlink", linkname: "/opt/flyte/bin/run.js", uid: 0, gid: 0 }),
  ]);
});

test("the same files make the same bytes, whenever", async () => {
  const [one, other] = await Promise.all([buffer(buildContext("FROM scratch\n", files)), buffer(buildContext("FROM scratch\n", files))]);
  expect(one.equals(other)).toBe(true);
  expect((await entriesOf(buildContext("", files))).every(({ mtime }) => mtime?.getTime() === 0)).toBe(true);
});
