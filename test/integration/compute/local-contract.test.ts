import { describe } from "vitest";
import { computeBackendContract } from "../../contract/compute-backend-contract.ts";
import { openBackend, temporaryDirectory } from "./open-backend.ts";

describe("local processes", () => {
  computeBackendContract({
    async open() {
      const directory = await temporaryDirectory();
      const backend = await openBackend(directory.path);
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
