import { describe, expect, test } from "vitest";
import { seededRandom } from "../std/random.ts";
import {
  childExecutionName,
  fixedLengthId,
  generatedName,
  hashedId,
  kubernetesName,
  randomExecutionName,
  rawOutputShard,
  scheduledExecutionName,
  singleTaskNodeId,
  singleTaskWorkflowName,
  uniqueElementId,
  uniqueNodeId,
} from "./names.ts";

const long = "x,y,z,m,n,y,z,m,n,y,z,m,n".split(",");

test.each([
  [["x"], 5, 32, "x"],
  [["xxxxx"], 10, 32, "xxxxx"],
  [["xxxxx"], 5, 32, "xxxxx"],
  [["x".repeat(24)], 20, 32, "fuaa3aji"],
  [["x", "y", "z"], 10, 32, "x-y-z"],
  [["", 0, "abc"], 20, 32, "0-abc"],
  [["a", "", "b"], 20, 32, "a--b"],
  [long, 15, 32, "fe63sz6y"],
  [long, 15, 64, "fwp4bky2kucex5"],
  [[...long, ..."z,m,n,y,z,m,n".split(",")], 30, 128, "fbmesl15enghpjepzjm5cp1zfqe"],
] as const)("the parts %j in at most %d characters, %d bits, are %s", (parts, max, bits, expected) => {
  expect(fixedLengthId(parts, max, bits)).toBe(expected);
});

test.each([
  [["xx"], 1, "flfryc2i"],
  [["xxxxxx"], 5, "fufiti6i"],
  [["x", "y"], 1, "fz2jizji"],
  [["x", "y", "z"], 4, "fxzsoqrq"],
] as const)("no id of %j fits in %d characters, not even %s", (parts, max, hashed) => {
  expect(() => fixedLengthId(parts, max)).toThrow(RangeError);
  expect(hashedId(parts.join("-"))).toBe(hashed);
});

describe("node ids", () => {
  test.each([
    ["n1", { uniqueId: "u1", attempt: 2 }, "u1-2-n1"],
    ["n1", { uniqueId: "u1111111111323131231asdadasd", attempt: 2 }, "fraibbty"],
    ["abc", { uniqueId: "", attempt: 0 }, "0-abc"],
    ["abc", { uniqueId: "abcdefghijklmnopqrstuvwxyz", attempt: 0 }, "fkm1vhcq"],
    ["2499f2af-7c23-42fd-8e62-01bf93cea82d", { uniqueId: "ensure-tables-task", attempt: 0 }, "fyvhfkda"],
    ["n0", { uniqueId: "n0-0-dn0", attempt: 0 }, "n0-0-dn0-0-n0"],
    ["n0", { uniqueId: "n0-0-dn0-0-n0", attempt: 1 }, "n0-0-dn0-0-n0-1-n0"],
    ["n0", undefined, "n0"],
    ["a-very-long-node-name-here", undefined, "fb64infq"],
  ])("%s under %j is %s", (node, parent, expected) => {
    expect(uniqueNodeId(node, parent)).toBe(expected);
  });
});

describe("ids of an array's elements", () => {
  test("are those of nodes within it, as long as these are no longer than ids may be", () => {
    const array = { uniqueId: "n0-0-n0", attempt: 1 };
    for (const index of [0, 7, 99_999]) expect(uniqueElementId(array, index)).toBe(uniqueNodeId(`n${index}`, array));
  });

  test("are never the same, and never too long", () => {
    const array = { uniqueId: "a-node-of-long-name", attempt: 0 };
    const ids = new Set(Array.from({ length: 200_000 }, (_, index) => uniqueElementId(array, index)));
    expect(ids.size).toBe(200_000);
    expect(uniqueElementId(array, 4_999_999)).toMatch(/^f[a-z1-6]{7}-n4999999$/);
  });
});

test("generated names", () => {
  expect(generatedName("name", "n1", 0)).toBe("name-n1-0");
  expect(generatedName("name", "n1", 0, 8)).toBe("fpqmhlei");
  expect(() => generatedName("name", "n1", 0, 5)).toThrow(RangeError);
});

test.each([
  ["first-name-is-pretty-large", "hello-world", 1, 0, "fav2uxxi"],
  ["first-name-is-pretty-large", "hello-world", 1, 1, "fn1unxl53avgd1"],
  ["a1b2c3d4e5f6g7h8i9j0", "n0", 0, 0, "fcndu4yy"],
  ["a1b2c3d4e5f6g7h8i9j0", "n0", 0, 1, "falspyf26ih3wg"],
  ["ab", "n0", 1, 1, "ab-n0-1"],
])("the child execution of %s at %s attempt %d, definition version %d, is %s", (parent, node, attempt, version, expected) => {
  expect(childExecutionName(parent, node, attempt, version)).toBe(expected);
});

test.each([
  ["orgflyteexamplesHelloWorldTask-0", "orgflyteexamples-hello-world-task-0"],
  ["t7v.yqh.zju1-fib-5-0", "t7v.yqh.zju1-fib-5-0"],
  ["-t7vyqhzju1-fib-5-0", "t7vyqhzju1-fib-5-0"],
  ["---..t7vyqhzjJcI==u1-HelloWorldTask[].-.-.", "t7vyqhzj-jc-iu1-hello-world-task"],
  ["0123456789".repeat(28), `${"0123456789".repeat(28).slice(0, 232)}-fbbrvh4i`],
])("the object of %s is called %s", (name, expected) => {
  expect(kubernetesName(name)).toBe(expected);
});

test.each([
  ["abc", "k9"],
  ["a1b2c3d4e5f6g7h8i9j0-n0-0", "gl"],
])("raw output of %s goes to shard %s", (name, shard) => {
  expect(rawOutputShard(name)).toBe(shard);
});

test.each([
  ["foo@`!=+- 1,2$3(4)5", "foo-12345"],
  ["app.long.path.name.to.a.defined.task.somewhere.in.code.very.very.nested.crazy", "nametoadefinedtasksomewhereincodeveryverynestedcrazy"],
])("the node of single task %s is %s", (task, expected) => {
  expect(singleTaskNodeId(task)).toBe(expected);
});

test("the workflow of a single task", () => {
  expect(singleTaskWorkflowName("SingleTask")).toBe(".flytegen.SingleTask");
});

test.each([
  // Of Flyte's own tests, and of its scheduler.
  [{ project: "project", domain: "domain", name: "cron_schedule", version: "v1" }, 1_577_880_000_000, "f7148a52b5a2b3296000"],
  [{ project: "project", domain: "domain", name: "cron_schedule", version: "v1" }, 1_577_880_000_999, "f7148a52b5a2b3296000"],
])("what %j launches at %i is called %s", (id, tick, expected) => {
  expect(scheduledExecutionName(id, tick)).toBe(expected);
});

test("execution names nobody gave", () => {
  const random = seededRandom(7);
  const names = Array.from({ length: 100 }, () => randomExecutionName(random));
  for (const name of names) expect(name).toMatch(/^a[bcdfghjklmnpqrstvwxz2456789]{19}$/);
  expect(new Set(names).size).toBe(100);
});
