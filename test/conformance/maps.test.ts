import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox } from "../support/test-sandbox.ts";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";

type Element = readonly [index: number, attempt: number, phase: string, cache: string, logs: readonly string[]];
interface Result {
  readonly name: string;
  readonly phase: string;
  readonly error: readonly [code: string, message: string, kind: number] | null;
  readonly outputs: unknown;
  readonly nodes: Readonly<
    Record<
      string,
      {
        readonly phase: string;
        readonly array: boolean;
        readonly inputs: number | null;
        readonly tasks: readonly {
          readonly phase: string;
          readonly type: string;
          readonly attempt: number;
          readonly elements: readonly Element[];
        }[];
      }
    >
  >;
}

describe("flytekit's map tasks", () => {
  let home: Home;
  let out: Readonly<Record<string, Result>> & { readonly local: Readonly<Record<string, unknown>> };

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    await pyflyteRegister(home, workspace, "maps");
    out = await driverResults<typeof out>(home, "maps.py", workspace);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  const disabled = (index: number, phase = "SUCCEEDED", attempt = 0): Element => [
    index,
    attempt,
    phase,
    "CACHE_DISABLED",
    [`Logs-${index}`],
  ];
  const node = (phase: string, elements: readonly Element[], inputs = 1): Result["nodes"][string] => ({
    phase,
    array: true,
    inputs,
    tasks: [{ phase, type: "container_array", attempt: 0, elements }],
  });
  const ok = (outputs: unknown, elements: readonly Element[], inputs?: number): Result => ({
    name: expect.any(String) as string,
    phase: "SUCCEEDED",
    error: null,
    outputs,
    nodes: { n0: node("SUCCEEDED", elements, inputs) },
  });

  test.each(["squares", "sums", "bound", "void", "lists", "within", "cached"])("%s gives what it gives without us", (name) => {
    expect(out[name]?.phase).toBe("SUCCEEDED");
    expect(out[name]?.outputs ?? null).toEqual(out.local[name] ?? null);
  });

  test("elements are listed in the one task execution of their array, in order, with their logs", () => {
    expect(out["squares"]).toEqual(ok([9, 1, 4], [disabled(0), disabled(1), disabled(2)]));
    expect(out["bound"]).toEqual(ok(["is 4", "is 9"], [disabled(0), disabled(1)], 3));
    expect(out["void"]).toEqual(ok(null, [disabled(0), disabled(1)]));
    expect(out["empty"]).toEqual(ok([], []));
    expect(out["sums"]?.nodes["n1"]).toMatchObject({ phase: "SUCCEEDED", array: false });
  });

  test("a task that is registered elsewhere is given files with its own inputs", () => {
    expect(out["of_reference"]).toEqual(ok([16, 25], [disabled(0), disabled(1)]));
  });

  test("the command line counts elements, and reads the log of each", async () => {
    const urn = (kind: string): string => `${kind}:flytesnacks:development:${out["most_succeed"]?.name ?? ""}`;
    const listed = await home.flyte("get", "task-execution", `${urn("ne")}:n0`);
    expect(listed.stdout).toContain("2 of 3 succeeded, 1 failed");
    const watched = await home.flyte("watch", urn("ex"));
    expect(watched.stdout).toMatch(/task +n0 \S+ +SUCCEEDED +2 of 3 succeeded, 1 failed\n/);
    const logs = await home.flyte("logs", urn("ex"));
    expect(logs.stdout + logs.stderr).toContain("ValueError: 1 is odd");
  });

  test("elements that may fail give nothing", () => {
    expect(out["most_succeed"]).toEqual(ok([null, 2, 4], [disabled(0, "FAILED"), disabled(1), disabled(2)]));
  });

  test("one failure too many fails the array with what its elements said", () => {
    const failed = out["all_must_succeed"];
    expect(failed).toMatchObject({
      phase: "FAILED",
      outputs: null,
      error: ["", expect.stringMatching(/^\[1\]: .*ValueError: 3 is odd/s), 0],
    });
    expect(failed?.nodes["n0"]).toMatchObject({ phase: "FAILED", tasks: [{ phase: "FAILED" }] });
    expect(failed?.nodes["n0"]?.tasks[0]?.elements[1]).toEqual(disabled(1, "FAILED"));
    expect(out["of_unequal"]).toMatchObject({
      phase: "FAILED",
      error: ["InvalidArrayLength", "input arrays have different lengths: expecting '1' found '2'", 1],
      nodes: { n0: { phase: "FAILED", array: true, tasks: [] } },
    });
  });

  test("elements are tried again on their own", () => {
    const elements = [0, 1, 2].flatMap((index) =>
      index === 0 ? [disabled(0)] : [disabled(index, "FAILED", 0), disabled(index, "FAILED", 1), disabled(index, "SUCCEEDED", 2)],
    );
    expect(out["again"]).toEqual(ok(["1 at 0", "3 at 2", "6 at 2"], elements));
  });

  test("elements are cached on their own, whatever their place", () => {
    const populated = (index: number): Element => [index, 0, "SUCCEEDED", "CACHE_POPULATED", [`Logs-${index}`]];
    const hit = (index: number): Element => [index, 0, "SUCCEEDED", "CACHE_HIT", []];
    expect(out["cached"]).toEqual(ok([101, 102], [populated(0), populated(1)]));
    expect(out["cached again"]).toEqual(ok([102, 103, 101], [hit(0), populated(1), hit(2)]));
  });
});
