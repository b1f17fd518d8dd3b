import { describe, expect, test } from "vitest";
import { FlyteError } from "../std/errors.ts";
import { formatUrn, parseUrn } from "./urn.ts";

const execution = { project: "p", domain: "d", name: "x" };

test.each([
  ["wf:p:d:my.pkg.wf:v1", { kind: "workflow", project: "p", domain: "d", name: "my.pkg.wf", version: "v1" }],
  ["tsk:p:d:pkg/task-1", { kind: "task", project: "p", domain: "d", name: "pkg/task-1" }],
  ["lp:p:d:n:1.2", { kind: "launch_plan", project: "p", domain: "d", name: "n", version: "1.2" }],
  ["ex:p:d:x", { kind: "execution", id: execution }],
  ["ne:p:d:x:n0-0-dn1", { kind: "node_execution", id: { execution, nodeId: "n0-0-dn1" } }],
  [
    "te:p:d:x:n0:tp:td:my.task:v9:2",
    {
      kind: "task_execution",
      id: { task: { project: "tp", domain: "td", name: "my.task", version: "v9" }, node: { execution, nodeId: "n0" }, retryAttempt: 2 },
    },
  ],
])("%s", (text, expected) => {
  const urn = parseUrn(text);
  expect(urn).toStrictEqual(expected);
  expect(formatUrn(urn)).toBe(text);
});

describe("with a project and domain of one's own", () => {
  const defaults = { project: "dp", domain: "dd" };
  test.each([
    ["wf:name", "wf:dp:dd:name"],
    ["lp:name:v1", "lp:dp:dd:name:v1"],
    ["wf:p:d:name", "wf:p:d:name"],
    ["wf:p:d:name:v1", "wf:p:d:name:v1"],
    ["ex:x", "ex:dp:dd:x"],
    ["ne:x:n0", "ne:dp:dd:x:n0"],
    ["ne:p:d:x:n0", "ne:p:d:x:n0"],
  ])("%s is %s", (text, full) => {
    expect(formatUrn(parseUrn(text, defaults))).toBe(full);
  });
});

test.each([
  ["", "URN_UNKNOWN_KIND", "wf:"],
  ["workflow:p:d:n", "URN_UNKNOWN_KIND", "wf:"],
  ["constructor:p:d:n", "URN_UNKNOWN_KIND", "wf:"],
  ["wf:p:d", "URN_INCOMPLETE", "wf:"],
  ["tsk:name", "URN_INCOMPLETE", "tsk:"],
  ["lp:p:d:n:v:w", "URN_MALFORMED", "lp:"],
  ["ex:p:d:x:n0", "URN_MALFORMED", "ex:"],
  ["wf:p::n:v", "URN_MALFORMED", "wf:"],
  ["wf:p:d:n:", "URN_MALFORMED", "wf:"],
  ["te:p:d:x:n0:tp:td:t:v", "URN_INCOMPLETE", "te:"],
  ["te:p:d:x:n0:tp:td:t:v:last", "URN_MALFORMED", "te:"],
])("[%s] is refused as %s with an example that is right", (text, code, prefix) => {
  let error: unknown;
  try {
    parseUrn(text);
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof FlyteError)) throw new Error("nothing was refused");
  expect(error).toMatchObject({ code, blame: "usage" });
  const example = error.hint.replace("write it like ", "");
  expect(example.startsWith(prefix)).toBe(true);
  expect(formatUrn(parseUrn(example))).toBe(example);
});
