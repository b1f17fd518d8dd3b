import { expect, test } from "vitest";
import { parse } from "yaml";
import { simpleYaml } from "./file-layer.ts";

// The oracle is the real parser: whatever the quick reader takes, both read alike.
const parts = [
  "admin:",
  "  endpoint: dns:///localhost:30080",
  "  insecure: true",
  "storage:",
  "  connection:",
  "    endpoint: http://h:1",
  "project: p",
  "# c",
  "",
];

test("every sequence of up to three such lines is read as YAML reads it, or left to it", () => {
  let quick = 0;
  for (const a of parts)
    for (const b of parts)
      for (const c of parts) {
        const text = `${a}\n${b}\n${c}\n`;
        const read = simpleYaml(text);
        if (read === undefined) continue;
        quick++;
        expect(emptied(read), text).toEqual(parse(text) ?? {});
      }
  expect(quick).toBeGreaterThan(100);
});

/** A key without a value is null in YAML. */
function emptied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === "object" && Object.keys(item as object).length === 0 ? null : emptied(item),
    ]),
  );
}

test("what flytectl's and the sandbox's files look like is read without the parser", () => {
  const text =
    "# comment\nadmin:\n  # endpoint\n  endpoint: dns:///localhost:30080\n  insecure: true\nstorage:\n  type: minio\n  connection:\n    auth-type: accesskey\n    disable-ssl: true\n";
  expect(simpleYaml(text)).toEqual(parse(text));
});

test.each([
  'a: "quoted"',
  "a: [1]",
  "a: {b: c}",
  "a: 1",
  "a: null",
  "a: 1.5",
  "a: ~",
  "- a",
  "a: |\n  x",
  "a: b # c",
  "a: yes: no",
  "a:\n b: 1x\n   c: d",
  "a: b\na: c",
  "__proto__: x",
  "a: 0x1f",
  "a: 2026-01-01 x",
])("%j is left to the parser", (text) => {
  expect(simpleYaml(text)).toBeUndefined();
});
