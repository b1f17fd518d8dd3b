import { expect, test } from "vitest";
import { idOfKeyPart, keyPartOf } from "./node-key.ts";

test("ids are parts of keys as they are, but for what would end a part", () => {
  const parts: Readonly<Record<string, string>> = {
    n0: "n0",
    "100%": "100%",
    "a%20b": "a%20b",
    "a/0/b": "a%2F0%2Fb",
    "#1": "%231",
    "a%2Fb": "a%252Fb",
    "%23%25": "%2523%2525",
    "é..": "é..",
  };
  for (const [id, part] of Object.entries(parts)) expect([keyPartOf(id), idOfKeyPart(part)]).toEqual([part, id]);
});
