import { expect, test } from "vitest";
import { usageHint } from "./usage-hint.ts";

const flags = { input: {}, insecure: { allowNo: true }, "inputs-file": {}, output: { options: ["table", "json"] } };
const manifest = { commands: { "get:task": { flags }, "get:execution": { flags }, launch: { flags }, "sandbox:start": { flags } } };

test.each([
  ['there is no command "lunch"', ["lunch", "wf.x"], "did you mean: flyte launch"],
  ['there is no command "get tsk"', ["get", "tsk"], "did you mean: flyte get task"],
  ['there is no command "gte"', ["gte", "task"], "did you mean: flyte get task"],
  ['there is no command "get nonsense"', ["get", "nonsense"], "flyte get knows: task, execution"],
  ['there is no command "sandbx"', ["sandbx"], "flyte sandbox knows: start"],
  ['there is no command "xyzzy"', ["xyzzy"], undefined],
  ["Nonexistent flag: --insecur", ["launch", "x", "--insecur"], "did you mean --insecure?"],
  ["Nonexistent flag: --no-insecur", ["get", "task", "--no-insecur"], "did you mean --no-insecure?"],
  ["Nonexistent flags: --inptu, --x", ["launch", "--inptu", "--x"], "did you mean --input?"],
  ["Nonexistent flag: --zzz", ["launch", "--zzz"], undefined],
  ["Expected --output=jsn to be one of: table, json", ["launch", "-o", "jsn"], "did you mean json?"],
  ["Unexpected argument: demo", ["get", "task", "a", "--sandbox", "demo"], "a sandbox is named as --sandbox=demo"],
  ["Unexpected argument: more", ["get", "task", "a", "more"], undefined],
  ["Missing 1 required arg", ["launch"], undefined],
] as const)("%s of %j: %s", (message, argv, hint) => {
  expect(usageHint(message, argv, manifest)).toBe(hint);
});
