import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox } from "../support/test-sandbox.ts";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";

type Tree = { readonly [id: string]: readonly [phase: string, below?: Tree] };
interface Result {
  readonly phase: string;
  readonly output: unknown;
  readonly error: string | null;
  readonly code: string | null;
  readonly nodes: Tree;
}

describe("flytekit's graphs within graphs", () => {
  let home: Home;
  let out: Readonly<Record<string, Result>>;

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    await pyflyteRegister(home, workspace, "graphs");
    out = await driverResults<typeof out>(home, "nested_graphs.py", workspace);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  const ok = (output: unknown, nodes: Tree): Partial<Result> => ({ phase: "SUCCEEDED", output, nodes });
  const done: readonly [string] = ["SUCCEEDED"];
  const arm = (id: string, below?: Tree): Tree => ({ n0: done, n1: ["SUCCEEDED", { [id]: below ? ["SUCCEEDED", below] : done }] });

  test("the metrics of each execution have a span for every node, however deep", () => {
    expect(out["unmetered"]).toEqual([]);
  });

  test("sub-workflows, three deep, are synced with all that is in them", () => {
    const innermost: Tree = { "n0-0-n0-0-n0": ["SUCCEEDED", { "n0-0-n0-0-n0-0-n0": done }], "n0-0-n0-0-n1": done };
    const nodes: Tree = { n0: ["SUCCEEDED", { "n0-0-n0": ["SUCCEEDED", innermost], "n0-0-n1": done }] };
    expect(out["deep"]).toMatchObject(ok(112, nodes));
  });

  test.each<[string, unknown, Tree]>([
    ["first arm", "it was big and low", arm("n1-0-n1-n0")],
    ["arm of an arm", "it was named", arm("n1-0-n1-n1", { fujn3bxi: done })],
    ["its else", "it was named and none", arm("n1-0-n1-n1", { fufn25sq: done })],
    ["third arm", "it was less", arm("n1-0-n1-n2")],
    ["arm that waits", 9, arm("n1-0-n1-n1")],
  ])("conditions: %s", (name, output, nodes) => {
    expect(out[name]).toEqual({ error: null, code: null, ...ok(output, nodes) });
  });

  test("an arm that is a whole workflow, and no arm at all", () => {
    const innermost: Tree = { fj3z1nra: ["SUCCEEDED", { "fj3z1nra-0-n0": done }], fkaz1qvy: done };
    const within: Tree = { "n1-0-n1-n0-0-n0-0-n0": ["SUCCEEDED", innermost], "n1-0-n1-n0-0-n0-0-n1": done };
    expect(out["arm is a workflow"]).toMatchObject(ok(119, arm("n1-0-n1-n0", { "n1-0-n1-n0-0-n0": ["SUCCEEDED", within] })));
    expect(out["no arm"]).toEqual({
      phase: "FAILED",
      output: null,
      code: "UserProvidedError",
      error: "[UserProvidedError] no arm for this",
      nodes: { n0: done, n1: ["FAILED"] },
    });
  });

  test("failure nodes run with the error that flytekit hands them, of the workflow within first", () => {
    expect(out["cleans up"]).toMatchObject({
      phase: "FAILED",
      code: "USER:RuntimeError",
      error: expect.stringContaining("3 is more than 2"),
    });
    expect(out["cleans up"]?.nodes).toEqual({ n0: ["FAILED", { "n0-0-n0": ["FAILED"], "n0-0-fn0": done }], fn0: done });
    expect(out["does not fail"]).toMatchObject(ok(3, { n0: ["SUCCEEDED", { "n0-0-n0": done }], n1: done }));
  });

  test("gates: a sleep, an input of the right type, an approval and its refusal", () => {
    expect(out["waits"]).toMatchObject(ok(1021, { n0: done, n1: done, n2: done, n3: done, n4: done }));
    expect(String(out["wrong type"])).toContain("requested signal value of type [simple:STRING] is not castable");
    expect(out["rejected"]).toEqual({
      phase: "FAILED",
      output: null,
      code: "ReceivedRejectSignal",
      error: "received a reject signal to disapprove the node input values",
      nodes: { n0: done, n1: done, n2: done, n3: ["FAILED"] },
    });
  });
});
