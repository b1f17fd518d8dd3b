import { describe } from "vitest";
import { type Clock, ManualClock } from "../../src/std/clock.ts";
import { openStores, type Stores } from "../../src/stores/sql/open-stores.ts";
import { listQueryContract } from "../contract/list-query-contract.ts";
import { resourceManagerContract } from "../contract/resource-manager-contract.ts";
import { stateStoreContract } from "../contract/state-store-contract.ts";
import { workflowStoreContract } from "../contract/workflow-store-contract.ts";
import { freshSchema } from "../support/postgres-schema.ts";

async function open(clock: Clock = new ManualClock()): Promise<Stores> {
  const { url, drop } = await freshSchema();
  const stores = await openStores({ postgres: url, clock });
  return {
    ...stores,
    async close() {
      await stores.close();
      await drop();
    },
  };
}

describe("StateStore", () => stateStoreContract(open));
describe("lists", () => listQueryContract(open));
describe("WorkflowStore", () => workflowStoreContract(() => open()));
describe("ResourceManager", () => resourceManagerContract(() => open()));
