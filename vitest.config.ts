import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], testTimeout: number, extra: object = {}) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, ...extra },
});

// These run the packed tarball, one sandbox at a time.
const installed = { fileParallelism: false, globalSetup: ["test/support/install-package.ts"] };

// Unit tests of pure code sit beside it; what opens a port, a process or a file is under test/. scripts/test.js chooses
// which projects run and holds their time budgets.
export default defineConfig({
  test: {
    projects: [
      project("unit", ["src/**/*.test.ts"], 20_000),
      project("integration", ["test/integration/**/*.test.ts"], 60_000),
      project("postgres", ["test/postgres/**/*.test.ts"], 60_000, {
        globalSetup: ["test/support/install-package.ts", "test/support/provide-postgres.ts"],
      }),
      project("kubernetes", ["test/kubernetes/**/*.test.ts"], 120_000, { fileParallelism: false }),
      project("kind", ["test/kind/**/*.test.ts"], 300_000, {
        ...installed,
        globalSetup: [...installed.globalSetup, "test/support/provide-kind.ts"],
      }),
      project("planes", ["test/planes/**/*.test.ts"], 120_000, {
        globalSetup: ["test/support/install-package.ts", "test/support/provide-postgres.ts", "test/support/provide-minio.ts"],
      }),
      project("conformance", ["test/conformance/**/*.test.ts"], 300_000, installed),
      project("simulation", ["test/simulation/**/*.test.ts"], 60_000),
      project("faults", ["test/faults/**/*.test.ts"], 300_000, installed),
    ],
  },
});
