import { expect, test } from "vitest";
import type { SandboxPlan } from "../../sandbox-plan.ts";
import type { KindRecord, SandboxRecord } from "../../sandbox-record.ts";
import { kindSettings, sameCluster } from "./kind-settings.ts";

const nothing = {
  image: undefined,
  engineImage: undefined,
  postgresImage: undefined,
  minioImage: undefined,
  registryImage: undefined,
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
  expect(kindSettings(plan(), undefined, false)).toEqual({
    isUp: false,
    engineImage: "flyte-engine:2.0.0",
    postgresImage: "postgres:17",
    minioImage: "minio/minio:latest",
    registryImage: "registry:2",
    mounts: [],
  });
});

test("what was asked for last time holds until something else is asked for", () => {
  const last = kept({ nodeImage: "node:1" });
  expect(kindSettings(plan({ minioImage: "m:2" }), last, true)).toEqual({ ...last.kind, isUp: false, minioImage: "m:2" });
});

test("an engine image of an earlier version of ours gives way, a user's own does not", () => {
  expect(kindSettings(plan(), kept({ engineImage: "flyte-engine:1.0.0" }), true).engineImage).toBe("flyte-engine:2.0.0");
  expect(kindSettings(plan(), kept({ engineImage: "flyte-engine:mine" }), true).engineImage).toBe("flyte-engine:mine");
});

test("another node image, configuration or mount needs another cluster; another engine does not", () => {
  const one = kindSettings(plan(), kept({}), true);
  expect(sameCluster(one, { ...one, engineImage: "other" })).toBe(true);
  expect(sameCluster(one, { ...one, nodeImage: "other" })).toBe(false);
  expect(sameCluster(one, { ...one, config: "/other" })).toBe(false);
  expect(sameCluster(one, { ...one, mounts: [] })).toBe(false);
});

test("a registry: as asked for, as last time, the default for a cluster that is made; one that is there without gets none", () => {
  const of = (asked: object, last: Partial<KindRecord>, hasNode: boolean) => kindSettings(plan(asked), kept(last), hasNode).registryImage;
  expect(of({ registryImage: "r:1" }, { registryImage: "r:0" }, true)).toBe("r:1");
  expect(of({}, { registryImage: "r:0" }, true)).toBe("r:0");
  expect(of({}, {}, false)).toBe("registry:2");
  expect(of({}, {}, true)).toBe(undefined);
});

test("a cluster without a registry's port cannot get one, one with it another image", () => {
  const last = kept({ registryImage: "r:0" }).kind;
  const none = kept({}).kind;
  if (!last || !none) throw new Error("no record");
  expect(sameCluster(last, { ...last, registryImage: "r:1" })).toBe(true);
  expect(sameCluster(none, last)).toBe(false);
});
