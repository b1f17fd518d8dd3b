import { expect, test } from "vitest";
import { chooseRenderer } from "./renderer.ts";

test.each<[boolean, boolean, Record<string, string>, string]>([
  [false, true, {}, "tree"],
  [false, true, { TERM: "xterm-256color", CI: "" }, "tree"],
  [false, true, { CI: "false" }, "tree"],
  [false, true, { CI: "0" }, "tree"],
  [false, true, { CI: "true" }, "lines"],
  [false, true, { CI: "1" }, "lines"],
  [false, true, { TERM: "dumb" }, "lines"],
  [false, false, {}, "lines"],
  [true, true, {}, "json"],
  [true, false, { CI: "true" }, "json"],
])("json %s, terminal %s, %j: %s", (json, isTTY, environment, renderer) => {
  expect(chooseRenderer({ json, stream: { isTTY } }, environment)).toBe(renderer);
});
