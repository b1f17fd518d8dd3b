import { writeSync } from "node:fs";
import { systemClock } from "../../../src/std/clock.ts";
import { openStores } from "../../../src/stores/sql/open-stores.ts";
import { executionRow, execution, task } from "../../contract/state-rows.ts";

// Run by the tests of both databases: 100 writers that never end, each printing what was acknowledged. `<path or URL> <prefix>`.

const [place = "", prefix = ""] = process.argv.slice(2);
const { state, workflows } = await openStores(
  place.startsWith("postgres:") ? { postgres: place, clock: systemClock } : { path: place, clock: systemClock },
);
writeSync(1, "open\n");
let next = 0;

async function write(): Promise<never> {
  for (;;) {
    const name = `${prefix}-${next++}`;
    await state.write(async (writer) => {
      await writer.executions.insert(executionRow({ id: execution(name) }));
      await writer.tasks.insert(task({ version: name }));
    });
    const id = execution(name);
    await workflows.create({ id, closure: new Uint8Array(300), executionSpec: new Uint8Array(), inputsUri: "", createdAt: 0 });
    writeSync(1, `${name}\n`);
  }
}

await Promise.all(Array.from({ length: 100 }, write));
