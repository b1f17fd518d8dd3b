import { beforeEach, describe, expect, test } from "vitest";
import { KubernetesError } from "../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { PluginTransition, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import { ManualClock } from "../../std/clock.ts";
import { createKubernetesPlugin } from "./kubernetes-plugin.ts";
import { permanentFailure, type ResourcePhase } from "./resource-phase.ts";

// A cluster of one object, which says what the test says.
let clock: ManualClock;
let there: KubernetesObject | undefined;
let refusal: Error | undefined;
let says: ResourcePhase | undefined;
let impossible: ResourcePhase | undefined;
let changed: (object: KubernetesObject) => void;
let woken: number;
let calls: string[];

const object: KubernetesObject = { metadata: { namespace: "ns", name: "e-n0-0" } };

beforeEach(() => {
  clock = new ManualClock(1000);
  [there, refusal, impossible] = [undefined, undefined, undefined];
  says = { phase: "QUEUED", reason: "Scheduling" };
  woken = 0;
  calls = [];
});

function plugin(more: { readonly finalizer?: string; readonly deleteOnFinalize?: boolean } = {}): TaskPlugin {
  return createKubernetesPlugin<KubernetesObject>({
    id: "thing",
    taskTypes: ["thing"],
    resource: {
      find: async () => there,
      subscribe: (listener) => {
        changed = listener;
        return () => undefined;
      },
      create: async (made) => {
        if (refusal) throw refusal;
        if (there) return false;
        there = made;
        return true;
      },
      remove: async () => void calls.push("remove"),
      releaseFinalizer: async (_namespace, _name, finalizer) => void calls.push(`release ${finalizer}`),
    },
    host: { blobs: {} as BlobStore, wake: () => void woken++ },
    clock,
    deleteOnFinalize: false,
    namespaceOf: () => "ns",
    build: async () => impossible ?? object,
    phase: async () => says,
    logs: () => (says?.phase === "RUNNING" ? [{ name: "l", uri: "u" }] : []),
    ...more,
  });
}

const fresh = {
  id: { node: { execution: { project: "p", domain: "d", name: "e" }, nodeId: "n0" } },
  generatedName: "e-n0-0",
  phaseVersion: 0,
  state: undefined,
} as unknown as TaskContext;

const after = (context: TaskContext, { state, phaseVersion }: PluginTransition): TaskContext => ({
  ...context,
  phaseVersion,
  ...(state && { state }),
});

test("within a phase a new reason is a new version; the logs of a running attempt make its first", async () => {
  const thing = plugin();
  const versions: string[] = [];
  let context = fresh;
  const round = async (found?: ResourcePhase): Promise<void> => {
    says = found ?? says;
    const transition = await thing.handle(context);
    versions.push(`${transition.phase} ${transition.phaseVersion} ${transition.reason ?? ""}`);
    context = after(context, transition);
  };
  await round();
  await round();
  await round();
  await round({ phase: "QUEUED", reason: "no node" });
  await round({ phase: "INITIALIZING", reason: "pulling" });
  await round({ phase: "INITIALIZING", reason: "pulling on" });
  await round({ phase: "RUNNING" });
  await round();
  // Its node does not answer: it is what it was.
  says = undefined;
  await round();
  expect(versions).toEqual([
    "QUEUED 0 task submitted to K8s",
    "QUEUED 1 Scheduling",
    "QUEUED 1 Scheduling",
    "QUEUED 2 no node",
    "INITIALIZING 0 pulling",
    "INITIALIZING 1 pulling on",
    "RUNNING 1 ",
    "RUNNING 1 ",
    "RUNNING 1 ",
  ]);
});

test("an attempt is woken by its object alone, until it is finalized", async () => {
  const thing = plugin();
  changed(object);
  expect(woken).toBe(0);
  await thing.handle(fresh);
  changed(object);
  expect(woken).toBe(1);
  changed({ metadata: { namespace: "ns", name: "other" } });
  changed({ metadata: { namespace: "other", name: "e-n0-0" } });
  expect(woken).toBe(1);
  await thing.finalize(fresh);
  changed(object);
  expect(woken).toBe(1);
});

test("an object whose grace runs out wakes its attempt though nothing changes, once", async () => {
  const thing = plugin();
  const context = after(fresh, await thing.handle(fresh));
  says = { phase: "INITIALIZING", reason: "back-off", lookAgainAt: 5000 };
  await thing.handle(context);
  await thing.handle(context);
  clock.advance(3999);
  expect(woken).toBe(0);
  clock.advance(1);
  expect(woken).toBe(1);
  expect(clock.nextTimer()).toBeUndefined();
  says = { phase: "INITIALIZING", reason: "back-off", lookAgainAt: 9000 };
  await thing.handle(context);
  await thing.finalize(context);
  expect(clock.nextTimer()).toBeUndefined();
});

describe("what the API server answers to a creation", () => {
  const quota = "exceeded quota: q, requested: limits.cpu=7, used: limits.cpu=9, limited: limits.cpu=10";
  test.for([
    [
      new KubernetesError(403, "Forbidden", "no"),
      { phase: "RETRYABLE_FAILURE", error: { code: "RuntimeFailure", message: "no", kind: "USER" } },
    ],
    [
      new KubernetesError(413, "RequestEntityTooLarge", "too large"),
      { phase: "PERMANENT_FAILURE", error: { code: "EntityTooLarge", message: "too large", kind: "USER" } },
    ],
    [
      new KubernetesError(403, "Forbidden", quota),
      { phase: "WAITING_FOR_RESOURCES", reason: `Exceeded resourcequota: ${quota}`, state: { created: false } },
    ],
  ] as const)("%s", async ([error, wanted]) => {
    refusal = error;
    expect(await plugin().handle(fresh)).toMatchObject(wanted);
  });

  test.for([new KubernetesError(422, "Invalid", "bad"), new KubernetesError(404, "NotFound", "no namespace"), new Error("broken")])(
    "%s fails the round",
    async (error) => {
      refusal = error;
      await expect(plugin().handle(fresh)).rejects.toBe(error);
    },
  );

  test("a quota is asked again later, and then the object is made", async () => {
    const thing = plugin();
    refusal = new KubernetesError(403, "Forbidden", quota);
    const context = after(fresh, await thing.handle(fresh));
    clock.advance(10_000);
    expect(woken).toBe(1);
    refusal = undefined;
    expect(await thing.handle(context)).toMatchObject({ phase: "QUEUED", reason: "task submitted to K8s" });
  });

  test("what cannot be built is not sent", async () => {
    impossible = permanentFailure("BadTaskSpecification", "because");
    expect(await plugin().handle(fresh)).toMatchObject({ phase: "PERMANENT_FAILURE", error: { code: "BadTaskSpecification" } });
    expect(there).toBeUndefined();
  });
});

test("an object that is on its way to deletion fails its attempt, unless that has ended", async () => {
  const thing = plugin();
  const context = after(fresh, await thing.handle(fresh));
  there = { metadata: { ...object.metadata, deletionTimestamp: "2026-05-01T10:00:00Z" } };
  says = { phase: "RUNNING" };
  expect(await thing.handle(context)).toMatchObject({ error: { code: "UnexpectedObjectDeletion", kind: "SYSTEM" } });
  // A node that does not answer, and whose pods are being cleared away.
  says = undefined;
  expect(await thing.handle(context)).toMatchObject({ error: { code: "UnexpectedObjectDeletion", kind: "SYSTEM" } });
  says = { phase: "SUCCESS" };
  expect(await thing.handle(context)).toMatchObject({ phase: "SUCCESS" });
});

test("the end removes what the deployment says is to go", async () => {
  await plugin().finalize(fresh);
  expect(calls).toEqual([]);
  await plugin({ finalizer: "f", deleteOnFinalize: true }).finalize(fresh);
  expect(calls).toEqual(["release f", "remove"]);
  await plugin().abort(fresh, "enough");
  expect(calls).toEqual(["release f", "remove", "remove"]);
});
