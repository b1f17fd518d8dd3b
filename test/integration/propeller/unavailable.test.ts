import { expect, test } from "vitest";
import { StatusError } from "../../../src/idl/status.ts";
import { Bench } from "./bench.ts";

test("an admin that cannot be reached for long costs time only: the rounds that failed do not count", async () => {
  let away = 40;
  await using bench = await Bench.open(
    { nodes: { n0: {}, n1: { after: ["n0"] } } },
    {
      wrap: (deps) => ({
        ...deps,
        events: {
          async record(events) {
            if (away > 0 && bench.world.attempts.size > 0) {
              away--;
              throw new StatusError("UNAVAILABLE", "nothing listens there");
            }
            return deps.events.record(events);
          },
        },
      }),
    },
  );
  await bench.propeller.start();
  await bench.finish();
  expect(away).toBe(0);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect([...bench.world.attempts.keys()]).toHaveLength(2);
  expect(bench.admin.violations).toEqual([]);
});

test("any other failure of a round counts, and enough of them end the workflow", async () => {
  let failing = 40;
  await using bench = await Bench.open(
    { nodes: { n0: {} } },
    {
      wrap: (deps) => ({
        ...deps,
        events: {
          async record(events) {
            if (failing > 0 && bench.world.attempts.size > 0 && !events.some(({ level }) => level === "workflow")) {
              failing--;
              throw new StatusError("INTERNAL", "broken");
            }
            return deps.events.record(events);
          },
        },
      }),
    },
  );
  await bench.propeller.start();
  await bench.finish();
  expect(bench.admin.last("workflow")?.phase).toBe("FAILED");
});
