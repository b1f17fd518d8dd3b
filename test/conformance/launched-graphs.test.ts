import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox } from "../support/test-sandbox.ts";
import { driverResults, workspace } from "../support/conformance-driver.ts";

type Nodes = { readonly [id: string]: { readonly phase: string; readonly nodes?: Nodes; readonly launched?: readonly Told[] } };
interface Told {
  readonly name: string;
  readonly phase: string;
  readonly plan: string;
  readonly mode: number;
  readonly nesting: number;
  readonly parent: string | null;
  readonly inputs: unknown;
  readonly outputs: unknown;
  readonly error: readonly [code: string, message: string] | null;
  readonly nodes: Nodes;
}

const urnOf = (name: string): string => `ex:flytesnacks:development:${name}`;

describe("flytekit's launch plans within workflows", () => {
  let home: Home;
  let out: Readonly<Record<string, Told>> & { readonly aborted: readonly string[] };

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    for (const [version, name] of [
      ["v1", "graphs"],
      ["v2", "references"],
    ] as const) {
      const registered = await home.run(
        "pyflyte",
        ["register", "--project", "flytesnacks", "--domain", "development", "--version", version, name],
        { cwd: workspace },
      );
      expect(registered.code, registered.stdout + registered.stderr).toBe(0);
    }
    out = await driverResults<typeof out>(home, "launched_graphs.py");
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  const done = { phase: "SUCCEEDED" };
  /** A child execution: CHILD_WORKFLOW is mode 4. */
  const child = (name: string, parent: string, nesting: number, plan: string, more: Partial<Told>): Partial<Told> => ({
    name,
    parent,
    nesting,
    plan: `graphs.launched.${plan}`,
    mode: 4,
    phase: "SUCCEEDED",
    error: null,
    ...more,
  });
  const launched = (...children: Partial<Told>[]): object => ({ phase: "SUCCEEDED", launched: children });
  const range = (length: number): number[] => Array.from({ length }, (_, n) => n);

  test("a parent's children, with the plans' defaults and fixed inputs", () => {
    expect(out["parent"]).toMatchObject({
      phase: "SUCCEEDED",
      mode: 0,
      nesting: 0,
      parent: null,
      outputs: { o0: 24, o1: { bob: range(3) }, o2: { eve: range(6) } },
    });
    const nodes = { n0: done, n1: done };
    expect(out["parent"]?.nodes).toMatchObject({
      n0: launched(
        child("parent-n0-0", "parent/n0", 1, "plan", { inputs: { x: 3, name: "bob" }, outputs: { o0: 6, o1: { bob: range(3) } }, nodes }),
      ),
      n1: launched(
        child("parent-n1-0", "parent/n1", 1, "fixed", { inputs: { x: 6, name: "eve" }, outputs: { o0: 12, o1: { eve: range(6) } }, nodes }),
      ),
      n2: done,
    });
  });

  test("children of children, and one without outputs", () => {
    expect(out["grandparent"]?.outputs).toEqual({ o0: 8 });
    const inner = {
      n0: launched(child("fp6kcqhcnldedc", "grandparent-n0-0/n0", 2, "plan", { outputs: { o0: 2, o1: { bob: range(1) } } })),
      n1: launched(child("frb2nohcshmaiu", "grandparent-n0-0/n1", 2, "fixed", { outputs: { o0: 4, o1: { eve: range(2) } } })),
      n2: done,
    };
    expect(out["grandparent"]?.nodes).toMatchObject({
      n0: launched(child("grandparent-n0-0", "grandparent/n0", 1, "parent", { nodes: inner as Nodes })),
      n1: launched(child("grandparent-n1-0", "grandparent/n1", 1, "silent", { inputs: { x: 8 }, outputs: {}, nodes: { n0: done } })),
    });
  });

  test("below a branch and a sub-workflow the child is called after the node's unique id", () => {
    const leaf = launched(child("fbfylzj5ckjoum", "deep/n0-0-n0-n0-0-n0", 1, "plan", { inputs: { x: 2, name: "inner" } }));
    expect(out["deep"]).toMatchObject({
      outputs: { o0: 4 },
      nodes: { n0: { ...done, nodes: { "n0-0-n0-n0": { ...done, nodes: { "n0-0-n0-n0-0-n0": leaf } } } } },
    });
  });

  test("a plan of another program, by reference", () => {
    expect(out["refers"]).toMatchObject({
      outputs: { o0: 4, o1: { far: range(2) } },
      nodes: { n0: launched(child("refers-n0-0", "refers/n0", 1, "plan", { inputs: { x: 2, name: "far" } })) },
    });
  });

  test("a child's failure is its parent's", () => {
    const error = ["USER:RuntimeError", expect.stringContaining("ValueError: no 4")] as const;
    expect(out["breaks"]).toMatchObject({
      phase: "FAILED",
      error,
      nodes: {
        n0: {
          phase: "FAILED",
          launched: [child("breaks-n0-0", "breaks/n0", 1, "failing", { phase: "FAILED", error, nodes: { n0: { phase: "FAILED" } } })],
        },
      },
    });
  });

  test("an abort takes the child along", () => {
    expect(out.aborted).toEqual(["ABORTED", "cascading abort as parent execution id [holds] aborted, reason [Workflow aborted.]"]);
  });

  test("the command line shows who launched what", async () => {
    const parent = await home.data<{ nodes: { nodeId: string; childExecution: string | null }[] }>("get", "execution", "parent");
    const children = parent.nodes.flatMap(({ nodeId, childExecution }) => (childExecution === null ? [] : [[nodeId, childExecution]]));
    expect(children).toEqual([
      ["n0", urnOf("parent-n0-0")],
      ["n1", urnOf("parent-n1-0")],
    ]);
    const table = (await home.flyte("get", "execution", "parent")).stdout;
    expect(table).toMatch(/NODE +PHASE +CACHE +STARTED +DURATION +EXECUTION +ERROR/);
    expect(table).toMatch(new RegExp(`^n0 .* SUCCEEDED .* ${urnOf("parent-n0-0")}$`, "m"));
    expect((await home.flyte("get", "execution", "parent-n0-0")).stdout).toMatch(/^launched by +ne:flytesnacks:development:parent:n0$/m);
    const watched = await home.flyte("watch", urnOf("parent"));
    expect(watched.stdout).toMatch(new RegExp(`node +n0 .* RUNNING +${urnOf("parent-n0-0")}$`, "m"));
  });

  test("pyflyte runs a workflow that launches, and waits for it", async () => {
    const ran = await home.run(
      "pyflyte",
      ["run", "--remote", "--wait", "--poll-interval", "1", "graphs/launched.py", "parent", "--x", "2"],
      { cwd: workspace },
    );
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });
});
