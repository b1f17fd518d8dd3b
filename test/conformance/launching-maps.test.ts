import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox, testPython } from "../support/test-sandbox.ts";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";

interface Node {
  readonly phase: string;
  readonly array: boolean;
  readonly launched?: readonly [phase: string, plan: string, nesting: number, parent: string];
  readonly nodes?: Readonly<Record<string, Node>>;
}
interface Result {
  readonly name: string;
  readonly phase: string;
  readonly error: readonly [code: string, message: string] | null;
  readonly outputs: unknown;
  readonly nodes: Readonly<Record<string, Node>>;
}

describe("flytekit's maps over launch plans", () => {
  let home: Home;
  let out: Readonly<Record<string, Result>> & { readonly local: Readonly<Record<string, unknown>> };

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    await pyflyteRegister(home, workspace, "maps");
    out = await driverResults<typeof out>(home, "launching_maps.py", workspace);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  const element = (at: string, phase = "SUCCEEDED", plan = "fixed"): Node => ({
    phase,
    array: false,
    launched: [phase, `maps.launching.${plan}`, 1, at],
  });

  test.each(["halves", "both", "most_halves", "within_dynamic"])("%s gives what it gives without us", (name) => {
    expect(out[name]).toMatchObject({ phase: "SUCCEEDED", outputs: out.local[name] });
  });

  test("each element is a node below the array, with the execution that it launched", () => {
    const nodes = { "n0-0-n0": element("n0-0-n0"), "n0-0-n1": element("n0-0-n1"), "n0-0-n2": element("n0-0-n2") };
    expect(out["halves"]?.nodes).toEqual({ n0: { phase: "SUCCEEDED", array: true, nodes } });
    const ids = [0, 1].map((index) => `n0-0-n${index}`);
    const silent = Object.fromEntries(ids.map((id) => [id, element(id, "SUCCEEDED", "silent")]));
    expect(out["launches_silent"]).toMatchObject({ phase: "SUCCEEDED", nodes: { n0: { nodes: silent } } });
  });

  test("so they are within what a task makes", () => {
    const made = out["within_dynamic"]?.nodes["n0"]?.nodes?.["n0-0-dn0"];
    expect(made).toMatchObject({ phase: "SUCCEEDED", array: true });
    expect(Object.values(made?.nodes ?? {}).map(({ phase, launched }) => [phase, launched?.[0]])).toEqual([
      ["SUCCEEDED", "SUCCEEDED"],
      ["SUCCEEDED", "SUCCEEDED"],
      ["SUCCEEDED", "SUCCEEDED"],
    ]);
  });

  test("elements that fail give nothing where enough succeed, else the array fails with what they said", () => {
    expect(out["most_halves"]?.nodes["n0"]?.nodes?.["n0-0-n0"]).toEqual(element("n0-0-n0", "FAILED"));
    expect(out["all_halves"]).toMatchObject({
      phase: "FAILED",
      error: ["", expect.stringMatching(/^\[1\]: .*ValueError: 3 is odd/s)],
      nodes: { n0: { phase: "FAILED", nodes: { "n0-0-n1": element("n0-0-n1", "FAILED") } } },
    });
  });

  test("the command line shows them below their array", async () => {
    const name = out["most_halves"]?.name ?? "";
    const urn = `ex:flytesnacks:development:${name}`;
    const watched = await home.flyte("watch", urn);
    expect(watched.stdout).toMatch(/n0-0-n0\b.*FAILED/);
    expect(watched.stdout).toMatch(/n0-0-n2\b.*SUCCEEDED/);
    const listed = await home.flyte("get", "execution", urn);
    expect(listed.stdout).toMatch(/n0-0-n0 maps\.launching\.fixed +FAILED .*ex:flytesnacks:development:\S+/);
  });

  test("they compile without a deployment", async () => {
    const compiled = await home.run("flyte", ["compile", "maps/launching.py", "--python", testPython(), "-o", "json"], { cwd: workspace });
    expect([compiled.code, compiled.stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
    expect(compiled.stdout).toContain("maps.launching.halves");
  });
});
