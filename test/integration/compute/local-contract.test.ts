import { describe } from "vitest";
import { computeBackendContract } from "../../contract/compute-backend-contract.ts";
import { openBackend, temporaryDirectory } from "./open-backend.ts";

describe.each([
  ["new interpreters", false],
  ["warm interpreters", true],
] as const)("local processes, %s", (_title, warm) => {
  computeBackendContract({
    measuresUse: true,
    async open() {
      const directory = await temporaryDirectory();
      const backend = await openBackend(directory.path, { warm });
      return {
        backend,
        async close() {
          await backend.close();
          await directory[Symbol.asyncDispose]();
        },
      };
    },
  });
});
