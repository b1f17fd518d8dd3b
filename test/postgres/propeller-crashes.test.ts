import { describe, test } from "vitest";
import { abortsLeaveNothing, crashesChangeNothing, expiredStaysExpired, oneNodeMakesThem } from "../simulation/crash-simulation.ts";

const timeout = 120_000;

// With propeller's state and the catalog's in Postgres, as bench.ts opens them where the project has one.
describe.each(["JOINED", "GRPC"] as const)("%s", (reach) => {
  test("crashes change nothing", { timeout }, () => crashesChangeNothing(4, reach));
  test("crashes around outputs that are made by one node at a time", { timeout }, () => oneNodeMakesThem(4, reach));
  test("crashes around an abort leave nothing behind", { timeout }, () => abortsLeaveNothing(4, reach));
});
test("an attempt whose time ran out stays so", { timeout }, () => expiredStaysExpired("DIRECT"));
