import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox, testPython } from "../support/test-sandbox.ts";
import { pyflyteRegister } from "../support/conformance-driver.ts";

interface Result {
  readonly entity: string;
  readonly name: string;
  readonly phase: string;
  readonly outputs: Record<string, unknown> | null;
  readonly nodes: Record<string, { phase: string; cache: number | null; attempts: string[] }>;
  readonly error: { code: string; message: string; kind: number } | null;
}

interface Case {
  readonly entity: string;
  /** Python, evaluated in the entity's module. */
  readonly inputs?: string;
  /** Written by hand from what the function does, not from a run. */
  readonly outputs: Record<string, unknown>;
}

const succeeding: readonly Case[] = [
  {
    entity: "literals.types.primitives",
    inputs: "dict(i=41, f=1.25, s='abc', b=True, at=datetime(2024, 2, 28, 12, 30, 0, 123456), span=timedelta(minutes=90, microseconds=7))",
    outputs: { o0: 42, o1: 2.5, o2: "ABC", o3: false, o4: "2024-02-29T12:30:00.123456+00:00", o5: 10800.000014 },
  },
  { entity: "literals.types.dates", inputs: "dict(day=date(2023, 12, 31))", outputs: { o0: "2024-01-01" } },
  {
    entity: "literals.types.collections",
    inputs: "dict(xs=[1, 2, 3], table={'x': 0.5, '10': 1.0, '2': 2.0}, nested=[['a'], []], groups={'p': [1], 'q': [2, 3]})",
    outputs: { o0: [3, 2, 1], o1: { x: 1.5, "10": 2, "2": 3 }, o2: [["a"], [], ["end"]], o3: { p: [1], q: [2, 3], all: [1, 2, 3] } },
  },
  { entity: "literals.types.empty_list", inputs: "dict(xs=[])", outputs: { o0: [] } },
  { entity: "literals.types.optional", inputs: "dict(x=4)", outputs: { o0: 5 } },
  { entity: "literals.types.optional", inputs: "dict(x=None)", outputs: { o0: null } },
  { entity: "literals.types.union", inputs: "dict(u=1)", outputs: { o0: 2 } },
  { entity: "literals.types.union", inputs: "dict(u='hey')", outputs: { o0: "hey!" } },
  {
    entity: "literals.types.structured",
    inputs: "dict(network=Network(rate=0.5, layers=[Layer(width=3)], labels={'team': 'x'}, limit=2))",
    outputs: {
      o0: {
        rate: 0.25,
        layers: [
          { width: 3, name: "dense" },
          { width: 1, name: "dense" },
        ],
        labels: { team: "x" },
        limit: 2,
      },
    },
  },
  {
    entity: "literals.types.untyped",
    inputs: "dict(d={'a': 1, 'b': [True, None]})",
    outputs: { o0: { a: 1, b: [true, null], seen: true } },
  },
  { entity: "literals.types.named", inputs: "dict(xs=[1, 2, 6])", outputs: { mean: 3, count: 3 } },
  { entity: "literals.types.enumerated", inputs: "dict(c=Colour.RED)", outputs: { o0: "green" } },
  { entity: "literals.types.files", inputs: "dict(text='hello', n=3)", outputs: { o0: "hello", o1: ["0", "1", "4"] } },
  { entity: "literals.types.frames", inputs: "dict(n=5)", outputs: { o0: 10, o1: 10 } },
  { entity: "literals.types.pickles", inputs: "dict(x=7)", outputs: { o0: 8 } },
  { entity: "literals.types.anything", inputs: "dict(a={'k': (1, 2)})", outputs: { o0: "{'k': (1, 2)}" } },
  {
    entity: "literals.types.paths",
    inputs: "dict(network=Network(rate=3.0, layers=[Layer(width=1, name='first')]))",
    outputs: { o0: 3, o1: "FIRST" },
  },
  { entity: "literals.types.nothing", outputs: {} },
];

interface Failure {
  readonly entity: string;
  readonly inputs?: string;
  readonly code: string;
  readonly message: RegExp;
  /** core.ExecutionError.ErrorKind: 1 USER, 2 SYSTEM. */
  readonly kind: number;
  readonly attempts: readonly string[];
}

const failing: readonly Failure[] = [
  {
    entity: "literals.errors.raises",
    inputs: "dict(x=11)",
    code: "USER:RuntimeError",
    message: /ValueError: 11 is too big/,
    kind: 1,
    attempts: ["FAILED"],
  },
  {
    entity: "literals.errors.never_recovers",
    code: "RetriesExhausted|USER:Recoverable",
    message: /^\[2\/2\] currentAttempt done\. Last Error: USER::[^]*again/,
    kind: 1,
    attempts: ["FAILED", "FAILED"],
  },
  // A signal from outside is not the program's doing: the system's budget of three, on top of the first attempt.
  {
    entity: "literals.errors.killed",
    code: "RetriesExhausted|Interrupted",
    message: /^\[3\/3\] currentAttempt done\. Last Error: SYSTEM::/,
    kind: 1,
    attempts: ["FAILED", "FAILED", "FAILED", "FAILED"],
  },
];

describe("FlyteRemote against the sandbox", () => {
  let home: Home;
  let results: Result[];

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    await pyflyteRegister(home, path.join(import.meta.dirname, "workspace"), "literals");
    const cases = [
      ...succeeding,
      ...failing,
      { entity: "literals.errors.recovers" },
      { entity: "literals.errors.fails_late", inputs: "dict(x=3)" },
    ];
    results = await runEntities(home, cases);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  test.each(succeeding.map((one, i) => ({ ...one, i })))("$entity $inputs gives its outputs", ({ i, outputs }) => {
    expect(results[i]).toMatchObject({ phase: "SUCCEEDED", error: null });
    expect(results[i]?.outputs).toEqual(outputs);
  });

  test.each(failing.map((one, i) => ({ ...one, i: succeeding.length + i })))(
    "$entity fails with $code",
    ({ i, code, message, kind, attempts }) => {
      const result = results[i];
      expect(result).toMatchObject({ phase: "FAILED", outputs: null, error: { code, kind } });
      expect(result?.error?.message).toMatch(message);
      const tasks = Object.values(result?.nodes ?? {}).filter((node) => node.attempts.length > 0);
      expect(tasks.map((node) => node.attempts)).toEqual([attempts]);
    },
  );

  test("a task that recovers succeeds at its third attempt", () => {
    const result = results[succeeding.length + failing.length];
    expect(result).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 2 } });
    expect(Object.values(result?.nodes ?? {}).flatMap((node) => node.attempts)).toEqual(["FAILED", "FAILED", "SUCCEEDED"]);
  });

  test("what comes after a failed node is not run", () => {
    const result = results[succeeding.length + failing.length + 1];
    expect(result).toMatchObject({ phase: "FAILED", error: { code: "USER:RuntimeError" } });
    expect(result?.error?.message).toMatch(/ValueError: 6 is too big/);
    expect(result?.nodes["n0"]).toMatchObject({ phase: "SUCCEEDED" });
    expect(result?.nodes["n1"]).toMatchObject({ phase: "FAILED" });
    expect(result?.nodes["n2"]).toBeUndefined();
  });
});

async function runEntities(home: Home, cases: readonly object[]): Promise<Result[]> {
  const root = path.join(import.meta.dirname, "workspace");
  const driver = path.join(import.meta.dirname, "drivers/run_entities.py");
  const ran = await home.run(
    "/bin/sh",
    ["-c", 'exec "$0" "$1" "$2" flytesnacks development v1 <<EOF\n$CASES\nEOF', testPython(), driver, root],
    {
      env: { CASES: JSON.stringify(cases) },
    },
  );
  const line = ran.stdout.split("\n").find((one) => one.startsWith("RESULTS "));
  if (!line) throw new Error(`the driver ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
  return JSON.parse(line.slice("RESULTS ".length)) as Result[];
}
