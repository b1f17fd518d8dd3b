import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox } from "../support/test-sandbox.ts";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";

type Tree = { readonly [id: string]: readonly [phase: string, below?: Tree] };
interface Result {
  readonly phase: string;
  readonly outputs: unknown;
  /** What flytekit by itself makes of it. */
  readonly local: unknown;
  readonly error: string | null;
  readonly code: string | null;
  readonly nodes: Tree;
}

describe("graphs that flytekit's tasks make", () => {
  let home: Home;
  let out: Readonly<Record<string, Result>> & { readonly cache: unknown; readonly described: unknown };

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    await pyflyteRegister(home, workspace, "graphs");
    out = await driverResults<typeof out>(home, "made_graphs.py", workspace);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  const done: readonly [string] = ["SUCCEEDED"];
  const within = (below: Tree): readonly [string, Tree] => ["SUCCEEDED", below];
  /** `count` nodes dn0, dn1, ... that are done. */
  const all = (prefix: string, count: number): Tree =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}dn${index}`, done]));

  test.each<[string, unknown, Tree]>([
    ["fan", [15, [0, 1, 4, 9], { first: 0, n: 4 }], { n0: within(all("n0-0-", 5)), n1: done }],
    ["no nodes", [[]], { n0: done }],
    ["sub-node does not fail", [3], { n0: within(all("n0-0-", 4)) }],
    ["kept", [5], { n0: within(all("n0-0-", 4)) }],
    ["kept again", [5], { n0: done }],
  ])("%s", (what, outputs, nodes) => {
    expect(out[what]).toMatchObject({ phase: "SUCCEEDED", outputs, local: outputs, nodes });
  });

  test("tasks that make themselves again, as deep as they need", () => {
    const third = within(all("n0-0-dn0-0-dn0-0-", 3));
    const second = within({ ...all("n0-0-dn0-0-", 3), "n0-0-dn0-0-dn0": third });
    const first = { ...all("n0-0-", 3), "n0-0-dn0": second, "n0-0-dn1": within(all("n0-0-dn1-0-", 3)) };
    expect(out["recursion"]).toMatchObject({ phase: "SUCCEEDED", outputs: [3], local: [3], nodes: { n0: within(first) } });
  });

  test("in a sub-workflow, with sub-workflows, branches and other such tasks within", () => {
    const at = "n0-0-n0-0-";
    const nodes: Tree = {
      [`${at}the-first`]: done,
      [`${at}dn1`]: within({
        [`${at}dn1-0-dn0`]: within({ fj5sse3q: within({ "fj5sse3q-0-dn0": done }), fkcssibi: done }),
        [`${at}dn1-0-dn1`]: done,
      }),
      [`${at}dn2`]: within(all(`${at}dn2-0-`, 3)),
      [`${at}dn3`]: within({ [`${at}dn3-0-dn0`]: within({ flcxuliy: done }) }),
      [`${at}dn4`]: done,
    };
    const outputs = ["it was big", 1, { left: 113, right: { first: 0, n: 2 } }];
    expect(out["all kinds"]).toMatchObject({
      phase: "SUCCEEDED",
      outputs,
      local: outputs,
      nodes: { n0: within({ "n0-0-n0": within(nodes) }) },
    });
  });

  test("children launched from what a task has made", () => {
    const nodes: Tree = { n0: ["SUCCEEDED", { "n0-0-dn0": done, "n0-0-dn1": done }] };
    expect(out["children"]).toMatchObject({ phase: "SUCCEEDED", outputs: [11], local: [11], nodes });
  });

  test("a node within that fails, and a task that fails before it has made anything", () => {
    expect(out["sub-node fails"]).toMatchObject({
      phase: "FAILED",
      code: "USER:RuntimeError",
      error: "    ValueError: 1 is too much",
      local: "  1 is too much",
      nodes: { n0: ["FAILED", { "n0-0-dn0": done, "n0-0-dn1": ["FAILED"] }] },
    });
    expect(Object.keys(out["sub-node fails"]?.nodes["n0"]?.[1] ?? {})).toHaveLength(2);
    expect(out["makes nothing"]).toMatchObject({
      phase: "FAILED",
      code: "USER:RuntimeError",
      error: "    ValueError: made nothing of it",
      nodes: { n0: ["FAILED"] },
    });
  });

  test("what admin tells of such a node and of those within", () => {
    expect(out.cache).toEqual(["CACHE_POPULATED", "CACHE_HIT"]);
    expect(out.described).toEqual({
      is_dynamic: true,
      is_parent: true,
      spec: expect.stringMatching(/^metadata\/propeller\/flytesnacks-development-\w+\/n0\/data\/0\/futures\.pb$/),
      workflow: "dynamic_n0",
      nodes: ["start-node", "end-node", "dn0", "dn1", "dn2", "dn3", "dn4"],
      tasks: ["graphs.made.square", "graphs.made.total"],
      child: ["dn1", "0", false],
      interface: ["o0", "o1", "o2"],
    });
  });
});
