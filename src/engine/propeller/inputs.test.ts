import { expect, test } from "vitest";
import { encodeMsgpack } from "../../idl/msgpack.ts";
import { resolveInputs } from "./inputs.ts";
import { toNumber } from "../../idl/time.ts";
import type { BindingData, Literal, LiteralMap, WorkflowNode } from "../../idl/types.ts";

const int = (integer: number): Literal => ({ scalar: { primitive: { integer } } });
const text = (stringValue: string): Literal => ({ scalar: { primitive: { stringValue } } });
const pack = (value: unknown): Literal => ({ scalar: { binary: { value: encodeMsgpack(value), tag: "msgpack" } } });
const offloaded: Literal = { collection: { literals: [int(7), int(8)] } };

const outputs: Record<string, Literal> = {
  i: int(1),
  list: { collection: { literals: [int(10), { map: { literals: { k: text("deep") } } }] } },
  struct: {
    scalar: {
      generic: {
        fields: {
          n: { numberValue: 3 },
          l: { listValue: { values: [{ stringValue: "s" }, { boolValue: true }] } },
          o: { structValue: { fields: {} } },
          z: { nullValue: 0 },
        },
      },
    },
  },
  data: pack({ a: { b: [1, 2.5, { c: "x" }] }, big: 2n ** 63n - 1n, t: true, n: null, m: { k: 1 } }),
  away: { offloadedMetadata: { uri: "s3://b/away" } },
  plain: { scalar: { binary: { value: Uint8Array.of(1), tag: "json" } } },
};

const source = {
  outputsOf: async (nodeId: string): Promise<LiteralMap> => (nodeId === "start-node" ? { literals: { w: int(5) } } : { literals: outputs }),
  node: (nodeId: string): WorkflowNode | undefined =>
    nodeId === "n"
      ? {
          outputAliases: [
            { var: "i", alias: "renamed" },
            { var: "[1].list", alias: "second" },
          ],
        }
      : undefined,
  load: async (uri: string): Promise<Literal> => (uri === "s3://b/away" ? offloaded : {}),
};

const promise = (name: string, ...path: (string | number)[]): BindingData => ({
  promise: {
    nodeId: "n",
    var: name,
    attrPath: path.map((each) => (typeof each === "string" ? { stringValue: each } : { intValue: each })),
  },
});
const resolve = async (binding: BindingData | null): Promise<Literal | undefined> =>
  (await resolveInputs([{ var: "x", binding }], source)).literals?.["x"];

test.each([
  ["a scalar", { scalar: { primitive: { boolean: true } } }, { scalar: { primitive: { boolean: true } } }],
  ["an output", promise("i"), int(1)],
  ["an input of the workflow", { promise: { nodeId: "", var: "w" } }, int(5)],
  ["an alias", promise("renamed"), int(1)],
  ["an element by its name", promise("[0].list"), int(10)],
  ["an element by an alias", promise("second", "k"), text("deep")],
  ["a list of bindings", { collection: { bindings: [promise("i"), promise("list", 0)] } }, { collection: { literals: [int(1), int(10)] } }],
  ["a map of bindings", { map: { bindings: { a: promise("i") } } }, { map: { literals: { a: int(1) } } }],
  ["through a list and a map", promise("list", 1, "k"), text("deep")],
  ["a number in a struct is a float", promise("struct", "n"), { scalar: { primitive: { floatValue: 3 } } }],
  ["a list in a struct", promise("struct", "l"), { collection: { literals: [text("s"), { scalar: { primitive: { boolean: true } } }] } }],
  ["an item of a list in a struct", promise("struct", "l", 0), text("s")],
  ["a struct in a struct", promise("struct", "o"), { scalar: { generic: { fields: {} } } }],
  ["null in a struct", promise("struct", "z"), { scalar: { noneType: {} } }],
  ["text in msgpack", promise("data", "a", "b", 2, "c"), text("x")],
  ["a float in msgpack", promise("data", "a", "b", 1), { scalar: { primitive: { floatValue: 2.5 } } }],
  ["a boolean in msgpack", promise("data", "t"), { scalar: { primitive: { boolean: true } } }],
  ["nil in msgpack", promise("data", "n"), { scalar: { noneType: {} } }],
  [
    "a list in msgpack is a list of msgpack",
    promise("data", "a", "b"),
    { collection: { literals: [pack(1), pack(2.5), pack({ c: "x" })] } },
  ],
  ["a map in msgpack stays msgpack", promise("data", "m"), pack({ k: 1 })],
  ["an offloaded literal", promise("away", 1), int(8)],
] satisfies [string, BindingData, Literal][])("%s", async (_name, binding, expected) => {
  expect(JSON.parse(JSON.stringify(await resolve(binding)))).toEqual(JSON.parse(JSON.stringify(expected)));
});

test("integers keep all their bits", async () => {
  const found = await resolve(promise("data", "big"));
  expect(String(found?.scalar?.primitive?.integer)).toBe("9223372036854775807");
  expect(toNumber((await resolve(promise("data", "a", "b", 0)))?.scalar?.primitive?.integer)).toBe(1);
});

test("a binding of nothing is left out", async () => {
  expect(
    (
      await resolveInputs(
        [
          { var: "x", binding: {} },
          { var: "y", binding: null },
        ],
        source,
      )
    ).literals,
  ).toEqual({});
});

test.each([
  ["an absent output", promise("no"), "OutputsNotFoundError", "failed to find [n].[no]"],
  ["an absent element", promise("[5].list"), "OutputsNotFoundError", "failed to find [n].[[5].list]"],
  ["an inherited name", promise("constructor"), "OutputsNotFoundError", "failed to find [n].[constructor]"],
  ["an index beyond the list", promise("list", 2), "PromiseAttributeResolveError", "index [2] is out of range"],
  ["a negative index", promise("list", -1), "PromiseAttributeResolveError", "index [-1] is out of range"],
  ["a name in a list", promise("list", "k"), "PromiseAttributeResolveError", "index [k] is out of range"],
  ["a name that a map has not", promise("list", 1, "no"), "PromiseAttributeResolveError", "key [no] does not exist in a map of [k]"],
  ["a name that a struct has not", promise("struct", "no"), "PromiseAttributeResolveError", "key [no] does not exist"],
  ["an index beyond a struct's list", promise("struct", "l", 2), "PromiseAttributeResolveError", "index [2] is out of range"],
  ["a name that msgpack has not", promise("data", "no"), "PromiseAttributeResolveError", "key [no] does not exist"],
  ["an index beyond a msgpack list", promise("data", "a", "b", 3), "PromiseAttributeResolveError", "index [3] is out of range"],
  ["inside a number", promise("i", "k"), "PromiseAttributeResolveError", "without parts"],
  ["inside a binary of another kind", promise("plain", "k"), "PromiseAttributeResolveError", "without parts"],
] satisfies [string, BindingData, string, string][])("%s is refused", async (_name, binding, code, message) => {
  await expect(resolve(binding)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});
