import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox } from "../support/test-sandbox.ts";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";

interface Run {
  readonly name: string;
  readonly phase: string;
  readonly mode: number;
  readonly recovers: string | null;
  readonly outputs: unknown;
  readonly ran: readonly string[];
  readonly nodes: Readonly<Record<string, string>>;
}

describe("flytekit's executions, recovered", () => {
  let home: Home;
  let out: Readonly<Record<string, readonly Run[]>>;

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    await pyflyteRegister(home, workspace, "graphs");
    const traces = path.join(home.directory, "traces");
    await mkdir(traces);
    out = await driverResults<typeof out>(home, "recoveries.py", traces);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  type Story = readonly [phase: string, ran: readonly string[], nodes: Readonly<Record<string, string>>];
  const told = (name: string): readonly Story[] => (out[name] ?? []).map(({ phase, ran, nodes }) => [phase, ran, nodes]);
  const [done, failed, recovered] = ["SUCCEEDED", "FAILED", "RECOVERED"];
  const twoSteps = (...firstRun: readonly string[]): readonly Story[] => [
    [failed, [...firstRun, "first", "needs a"].toSorted((a, b) => (a < b ? -1 : 1)), { n0: failed }],
    [failed, ["needs a", "needs b"], { n0: done, n1: failed }],
    [done, ["needs b"], { n0: recovered, n1: done }],
  ];

  test("only what has not succeeded runs again", () => {
    expect(told("chain")).toEqual([
      [failed, ["first", "needs a"], { n0: done, n1: failed }],
      [done, ["needs a"], { n0: recovered, n1: done }],
    ]);
    // RECOVERED is mode 5.
    const [first, second] = out["chain"] ?? [];
    expect(second).toMatchObject({ mode: 5, recovers: first?.name, outputs: 20 });
  });

  test.each<[string, readonly string[], number]>([
    ["within", [], 200],
    ["launching", [], 200],
    ["making", ["made"], 200],
    ["choosing", [], 200],
  ])("%s: what nodes hold is recovered in turn, and a recovery is recovered", (name, more, result) => {
    expect(told(name)).toEqual(twoSteps(...more));
    const [first, second, third] = out[name] ?? [];
    expect([second?.recovers, third?.recovers, third?.outputs]).toEqual([first?.name, second?.name, result]);
  });

  test("elements of a map are taken over one by one", () => {
    expect(told("mapping")).toEqual([
      [failed, ["element 0", "element 1", "element 2"], { n0: done, n1: failed }],
      [done, ["element 2"], { n0: recovered, n1: done }],
    ]);
    expect(out["mapping"]?.[1]?.outputs).toEqual([0, 100, 200]);
  });

  test("the command line recovers and relaunches", async () => {
    const trace = path.join(home.directory, "traces", "chain");
    const source = `ex:flytesnacks:development:${out["chain"]?.[0]?.name ?? ""}`;
    await writeFile(path.join(trace, "ran"), "");
    const again = await home.flyte("recover", source, "--name", "by-hand", "--wait");
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("ex:flytesnacks:development:by-hand")]);
    expect(again.stdout).toMatch(new RegExp(`recovers +${source}\\n`));
    expect(again.stdout).toMatch(/n0 first +RECOVERED/);
    expect(again.stdout).toMatch(/o0 = 20\n/);
    expect(await readFile(path.join(trace, "ran"), "utf8")).toBe("needs a\n");
    const anew = await home.flyte("relaunch", "by-hand", "--watch");
    expect([anew.code, anew.stderr]).toEqual([0, expect.stringMatching(/n0 first +SUCCEEDED/)]);
    expect(await readFile(path.join(trace, "ran"), "utf8")).toBe("needs a\nfirst\nneeds a\n");
    const watched = await home.flyte("watch", "by-hand");
    expect(watched.stdout).toMatch(/n0 \S+ +RECOVERED/);
    const refused = await home.flyte("recover", "nobody");
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("missing entity of type execution")]);
  });
});
