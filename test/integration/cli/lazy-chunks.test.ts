import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const dist = fileURLToPath(new URL("../../../dist", import.meta.url));

/** The files that importing `file` evaluates, itself first. */
async function evaluated(file: string, sources: ReadonlyMap<string, string>): Promise<Set<string>> {
  const reached = new Set([file]);
  for (const one of reached) {
    const source = sources.get(one) ?? "";
    for (const [, specifier] of source.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+)"/g))
      reached.add(path.join(path.dirname(one), specifier ?? ""));
  }
  return reached;
}

test("neither the start nor importing any command evaluates what draws", async () => {
  const files = await Array.fromAsync(glob("**/*.js", { cwd: dist }));
  const sources = new Map(await Promise.all(files.map(async (file) => [file, await readFile(path.join(dist, file), "utf8")] as const)));
  sources.delete("daemon.js");
  const holding = (text: string): string[] => [...sources].filter(([, source]) => source.includes(text)).map(([file]) => file);
  const drawing = holding("react.transitional.element");
  expect(drawing.length).toBeGreaterThan(0);
  const starts = ["main.js", ...files.filter((file) => file.startsWith("commands/"))];
  expect(starts.length).toBeGreaterThan(20);
  for (const start of starts) {
    const reached = await evaluated(start, sources);
    expect(reached.size, start).toBeGreaterThan(1);
    expect(
      drawing.filter((file) => reached.has(file)),
      start,
    ).toEqual([]);
  }
});
