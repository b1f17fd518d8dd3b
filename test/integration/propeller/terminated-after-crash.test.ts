import { expect, test } from "vitest";
import { Bench, type Reach } from "./bench.ts";
import { Crashes } from "../../support/crashes.ts";
import { executionId, integers } from "./workflow-of.ts";
import { taskPhaseOf } from "../../../src/idl/phases.ts";
import type { NodeOf } from "./workflow-of.ts";

const inputs = { list: { collection: { bindings: [1, 2, 3].map((value) => integers(value)) } } };
const nodes: Readonly<Record<string, NodeOf>> = {
  "a child": { launches: "lp" },
  "an array of children": { launches: "lp", inputs, array: { isOriginalSubNodeInterface: { value: true } } },
  "an array": { inputs, array: { parallelism: 2 } },
};

/** Whatever admin was told of, by its last phase; elements of arrays too. */
function lastPhases({ admin }: Bench): Record<string, string | undefined> {
  const last: Record<string, string | undefined> = {};
  for (const subject of admin.subjects) last[subject] = admin.last(subject)?.phase;
  for (const { subject, event } of admin.seen) {
    if (event.level !== "task") continue;
    for (const { index, phase } of event.event.metadata?.externalResources ?? []) last[`${subject}[${index ?? 0}]`] = taskPhaseOf(phase);
  }
  return last;
}

const cases = Object.keys(nodes).flatMap((name) => (["DIRECT", "JOINED"] satisfies Reach[]).map((reach) => [name, reach] as const));

test.each(cases)("what admin was told of ends when it is terminated wherever propeller died: %s, %s", async (name, reach) => {
  let deaths = 0;
  for (const how of ["BEFORE", "AFTER"] as const) {
    for (let effect = 1; effect <= 60; effect++) {
      const crashes = new Crashes(new Map([[effect, how]]));
      const options = { reach, wrap: crashes.process.bind(crashes), steps: { "n0-0-n0": [["RUNNING"] as const] } };
      await using bench = await Bench.open({ nodes: { n0: nodes[name] ?? {} } }, options);
      bench.launchPlans.set("lp", { expectedInputs: { parameters: {} }, expectedOutputs: { variables: {} } });
      const round = async (): Promise<void> => {
        await bench.propeller.start();
        await bench.propeller.idle();
        for (let step = 0; step < 3; step++) await bench.step();
      };
      await Promise.race([round(), crashes.death]);
      if (!crashes.isDead) break;
      deaths++;
      await bench.workflows.terminate(executionId, "enough");
      bench.replacePropeller();
      await bench.propeller.start();
      await bench.finish();
      const open = Object.entries(lastPhases(bench)).filter(([, phase]) => !/^(SUCCEEDED|FAILED|ABORTED|UNDEFINED)$/.test(phase ?? ""));
      expect({ how, effect, open }).toEqual({ how, effect, open: [] });
    }
  }
  expect(deaths).toBeGreaterThan(10);
});
