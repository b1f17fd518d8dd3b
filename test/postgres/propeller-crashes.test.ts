import { expect, test } from "vitest";
import { expiredStaysExpired } from "../simulation/expired-attempts.ts";
import { simulate, suites } from "../simulation/simulate.ts";

const timeout = 120_000;
const cases = suites.flatMap((suite) => (["JOINED", "GRPC"] as const).map((reach) => ({ suite, reach })));

// With propeller's state and the catalog's in Postgres, as bench.ts opens them where the project has one.
test.each(cases)("$reach: $suite.says", { timeout }, async ({ suite, reach }) => {
  const { lives } = await simulate(suite, reach, 1, 4);
  expect(lives).toBeGreaterThan(4);
});
test("an attempt whose time ran out stays so", { timeout }, () => expiredStaysExpired("DIRECT"));
