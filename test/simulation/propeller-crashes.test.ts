import { describe, test } from "vitest";
import { abortsLeaveNothing, crashesChangeNothing, expiredStaysExpired, oneNodeMakesThem, recoveriesTakeOver } from "./crash-simulation.ts";

const seeds = Number(process.env["FLYTE_SIMULATION_SEEDS"] ?? 60);
const timeout = Math.max(300_000, 6_000 * seeds);

// How propeller reaches admin: event by event, in one commit with its own state as in a sandbox, or in another process.
describe.each([
  ["DIRECT", seeds],
  ["JOINED", seeds],
  ["GRPC", Math.ceil(seeds / 5)],
] as const)("%s", (reach, plans) => {
  test("crashes change nothing", { timeout }, () => crashesChangeNothing(plans, reach));
  test("crashes around outputs that are made by one node at a time", { timeout }, () => oneNodeMakesThem(plans, reach));
  test("crashes around a recovery change nothing of it", { timeout }, () => recoveriesTakeOver(plans, reach));
  test("crashes around an abort leave nothing behind", { timeout }, () => abortsLeaveNothing(plans, reach));
});

test.each(["DIRECT", "JOINED"] as const)("an attempt whose time ran out stays so, %s", { timeout: 60_000 }, (reach) =>
  expiredStaysExpired(reach),
);
