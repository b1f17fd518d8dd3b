import { expect, test } from "vitest";
import type { SandboxPlan } from "../../sandbox-plan.ts";
import type { KindRecord, SandboxRecord } from "../../sandbox-record.ts";
import { kindSettings, sameCluster } from "./kind-settings.ts";

const nothing = {
  image: undefined,
  engineImage: undefined,
  postgresImage: undefined,
  minioImage: undefined,
  config: undefined,
  mounts: undefined,
};
const plan = (asked: Partial<SandboxPlan["kind"]> = {}): SandboxPlan => ({
  name: "n",
  backend: "kind",
  compute: undefined,
  computeSource: "the default",
  backendSource: "--backend",
  dataDir: undefined,
  portBase: undefined,
  database: undefined,
  ephemeral: false,
  python: undefined,
  plugins: undefined,
  connectors: undefined,
  warm: true,
  kind: { ...nothing, timeoutMs: 1, retain: false, ...asked },
  version: "2.0.0",
});
const kept = (kind: Partial<KindRecord>): SandboxRecord => ({
  name: "n",
  backend: "kind",
  portBase: 30_000,
  dataDir: "/d",
  kind: { isUp: true, engineImage: "e:1", postgresImage: "p:1", minioImage: "m:1", mounts: ["/x"], ...kind },
});

test("the defaults", () => {
  expect(kindSettings(plan(), undefined)).toEqual({
    isUp: false,
    engineImage: "flyte-engine:2.0.0",
    postgresImage: "postgres:17",
    minioImage: "minio/minio:latest",
    mounts: [],
  });
});

test("what was asked for last time holds until something else is asked for", () => {
  const last = kept({ nodeImage: "node:1" });
  expect(kindSettings(plan({ minioImage: "m:2" }), last)).toEqual({ ...last.kind, isUp: false, minioImage: "m:2" });
});

test("an engine image of an earlier version of ours gives way, a user's own does not", () => {
  expect(kindSettings(plan(), kept({ engineImage: "flyte-engine:1.0.0" })).engineImage).toBe("flyte-engine:2.0.0");
  expect(kindSettings(plan(), kept({ engineImage: "flyte-engine:mine" })).engineImage).toBe("flyte-engine:mine");
});

test("another node image, configuration or mount needs another cluster; another engine does not", () => {
  const one = kindSettings(plan(), kept({}));
  expect(sameCluster(one, { ...one, engineImage: "other" })).toBe(true);
  expect(sameCluster(one, { ...one, nodeImage: "other" })).toBe(false);
  expect(sameCluster(one, { ...one, config: "/other" })).toBe(false);
  expect(sameCluster(one, { ...one, mounts: [] })).toBe(false);
});
