import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { openStores, type Stores } from "../../../src/stores/sql/open-stores.ts";
import { type Clock, ManualClock } from "../../../src/std/clock.ts";
import { listQueryContract } from "../../contract/list-query-contract.ts";
import { resourceManagerContract } from "../../contract/resource-manager-contract.ts";
import { stateStoreContract } from "../../contract/state-store-contract.ts";
import { workflowStoreContract } from "../../contract/workflow-store-contract.ts";

async function inFile(clock: Clock = new ManualClock()): Promise<Stores> {
  const directory = await mkdtemp(join(tmpdir(), "flyte-sql-"));
  const stores = await openStores({ path: join(directory, "flyte.db"), clock });
  return {
    ...stores,
    async close() {
      await stores.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const inMemory = (clock: Clock = new ManualClock()): Promise<Stores> => openStores({ path: ":memory:", clock });

describe.for([
  ["a file", inFile],
  ["memory", inMemory],
] as const)("SQLite in %s", ([, open]) => {
  describe("StateStore", () => stateStoreContract(open));
  describe("lists", () => listQueryContract(open));
  describe("WorkflowStore", () => workflowStoreContract(() => open()));
  describe("ResourceManager", () => resourceManagerContract(() => open()));
});
