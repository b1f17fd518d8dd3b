import { expect } from "vitest";
import { Bench, type Reach } from "../integration/propeller/bench.ts";
import { Crashes } from "../support/crashes.ts";
import { faultsIn } from "./live.ts";
import { toDuration } from "../../src/idl/time.ts";

/** An attempt whose time ran out stays so, even when it ends well while propeller is down. */
export async function expiredStaysExpired(reach: Reach): Promise<void> {
  const ends: Record<string, number> = {};
  const nodes = { n0: { metadata: { name: "n0", timeout: toDuration(10_000) } } };
  // Until the attempt runs.
  const calm = new Crashes(new Map());
  await using begun = await Bench.open({ nodes }, { steps: { n0: [["RUNNING", "SUCCESS"]] }, reach, wrap: faultsIn(calm, reach) });
  await begun.propeller.start();
  await begun.propeller.idle();
  for (const how of ["BEFORE", "AFTER"] as const) {
    for (let effect = calm.effects + 1; effect <= calm.effects + 15; effect++) {
      const chaos = new Crashes(new Map([[effect, how]]));
      await using bench = await Bench.open({ nodes }, { steps: { n0: [["RUNNING", "SUCCESS"]] }, reach, wrap: faultsIn(chaos, reach) });
      await bench.propeller.start();
      await bench.propeller.idle();
      expect(bench.admin.phases("n0/0")).toEqual(["QUEUED", "RUNNING"]);
      await Promise.race([bench.advance(10_000).then(() => bench.finish()), chaos.death]);
      if (chaos.isDead) {
        for (const attempt of bench.world.unfinished) attempt.position++;
        bench.replacePropeller();
        await bench.propeller.start();
        await bench.finish();
      }
      const [task, node, workflow] = ["n0/0", "n0", "workflow"].map((subject) => bench.admin.last(subject)?.phase);
      expect({ how, effect, node, workflow, violations: bench.world.violations }).toEqual({
        how,
        effect,
        node: task,
        workflow: task,
        violations: [],
      });
      ends[task ?? ""] = (ends[task ?? ""] ?? 0) + 1;
    }
  }
  // Before the decision was saved it ended well; afterwards it did not.
  expect(Object.keys(ends).sort()).toEqual(["FAILED", "SUCCEEDED"]);
}
