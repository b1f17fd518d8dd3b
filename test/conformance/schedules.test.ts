import { afterAll, beforeAll, expect, test } from "vitest";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";
import { Home, startTestSandbox } from "../support/test-sandbox.ts";

let home: Home;
let out: Record<string, unknown>;

beforeAll(async () => {
  home = await Home.make();
  await startTestSandbox(home);
  await pyflyteRegister(home, workspace, "scheduled");
  out = await driverResults<Record<string, unknown>>(home, "schedules.py");
});
afterAll(() => home?.[Symbol.asyncDispose]());

const launched = { phase: "SUCCEEDED", mode: true };
const thisYear = new Date().getUTCFullYear();

test("plans are activated by pyflyte, where they say so, and by FlyteRemote, and deactivated", () => {
  expect(out["activated by pyflyte"]).toEqual(["minutely"]);
  expect(out["active"]).toEqual(["minutely", "offset", "plain-rate", "rate"]);
  expect(out["in the end"]).toEqual([]);
  expect(out["offset"]).toEqual(["@daily", "PT1H", "kickoff"]);
});

test("a cron expression launches on the minute, a rate a minute after it began; workflows get the time, or their own default", () => {
  expect(out["launched"]).toEqual({
    minutely: { ...launched, "on the minute": true, "a minute later": expect.any(Boolean), "output is its time": true, output: thisYear },
    rate: { ...launched, "on the minute": expect.any(Boolean), "a minute later": true, "output is its time": true, output: thisYear },
    "plain-rate": {
      ...launched,
      "on the minute": expect.any(Boolean),
      "a minute later": true,
      "output is its time": false,
      output: 2020,
    },
  });
});
