import { rm } from "node:fs/promises";
import { describe, inject } from "vitest";
import { computeBackendContract } from "../contract/compute-backend-contract.ts";
import { emptyDirectory, openDockerBackend } from "./open-docker-backend.ts";

describe("containers of a Docker engine", () => {
  computeBackendContract({
    image: inject("kind").flytekitImage,
    measuresUse: false,
    async open() {
      const directory = await emptyDirectory();
      const backend = await openDockerBackend(directory);
      return {
        backend,
        async close() {
          await backend.close();
          await rm(directory, { recursive: true, force: true });
        },
      };
    },
  });
});
