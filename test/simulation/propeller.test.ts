import { expect, test } from "vitest";
import { expiredStaysExpired } from "./expired-attempts.ts";
import { simulate, suites } from "./simulate.ts";
import type { Reach } from "../integration/propeller/bench.ts";

const seeds = Number(process.env["FLYTE_SIMULATION_SEEDS"] ?? 40);
/** `<suite>/<reach>/<seed>`: only that is run. */
const replay = process.env["FLYTE_SIMULATION_REPLAY"]?.split("/");

/** How propeller reaches admin: event by event, in one commit with its own state as in a sandbox, or in another process. */
const reaches: readonly (readonly [reach: Reach, last: number])[] = [
  ["DIRECT", seeds],
  ["JOINED", seeds],
  ["GRPC", Math.ceil(seeds / 5)],
];

/** What must occur in the lives of a suite, or it would prove nothing: how often in a hundred seeds, at least. */
const wanted: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ends: {
    SUCCEEDED: 60,
    FAILED: 60,
    "child SUCCEEDED": 30,
    "child FAILED": 2,
    "child ABORTED": 4,
    element: 30,
    "element of children": 15,
    TIMED_OUT: 10,
    SKIPPED: 20,
    retried: 60,
    within: 60,
    "three deep": 8,
    dynamic: 30,
    gate: 10,
    branch: 10,
    "failure node": 8,
  },
  aborts: { ABORTED: 25 },
  serial: { SUCCEEDED: 60 },
  recoveries: {
    SUCCEEDED: 60,
    ABORTED: 25,
    "takes over task": 50,
    "takes over workflow": 8,
    "takes over branch": 8,
    "takes over child": 20,
    "takes over array": 20,
    "takes over array of children": 12,
    "takes over gate": 10,
    "takes over dynamic": 10,
    "takes over within": 40,
  },
  tokens: { SUCCEEDED: 60, FAILED: 20, "all tokens": 60 },
};

/** Those of which each seed takes longer have fewer. */
const shares: Readonly<Record<string, number>> = { recoveries: 0.4 };

const cases = suites.flatMap((suite) =>
  reaches.map(([reach, last]) => ({ suite, reach, first: 1, last: Math.ceil(last * (shares[suite.name] ?? 1)) })),
);
const replayed = cases
  .filter(({ suite, reach }) => replay?.[0] === suite.name && replay[1] === reach)
  .map((each) => ({ ...each, first: Number(replay?.[2]), last: Number(replay?.[2]) }));

test.each((replay ? replayed : cases).map((each) => [`${each.reach}: ${each.suite.says}`, each] as const))(
  "%s",
  { timeout: 3_600_000 },
  async (_name, { suite, reach, first, last }) => {
    const { lives, crashes, failures, occurred } = await simulate(suite, reach, first, last);
    // Of few plans nothing can be said.
    if (last < 40) return;
    expect(crashes).toBeGreaterThan(lives / 4);
    expect(failures).toBeGreaterThan(lives / 8);
    const missing = Object.entries(wanted[suite.name] ?? {}).filter(
      ([name, often]) => (occurred[name] ?? 0) < Math.floor((often * last) / 100),
    );
    expect({ last, missing, occurred }).toEqual({ last, missing: [], occurred });
  },
);

test.each(replay ? [] : (["DIRECT", "JOINED"] as const))("an attempt whose time ran out stays so, %s", { timeout: 60_000 }, (reach) =>
  expiredStaysExpired(reach),
);
