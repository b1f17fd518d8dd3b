import { expect, test } from "vitest";
import type { WorkflowExecutionId } from "../../src/idl/identifiers.ts";
import type { WorkflowSpec, WorkflowStore } from "../../src/ports/workflow-store.ts";

export interface OpenedWorkflowStore {
  readonly workflows: WorkflowStore;
  close(): Promise<void>;
}

const id = (name = "e"): WorkflowExecutionId => ({ project: "p", domain: "d", name });
const spec = (name = "e"): WorkflowSpec => ({
  id: id(name),
  closure: Uint8Array.of(1, 2, 255),
  executionSpec: Uint8Array.of(3),
  config: { pluginOverrides: [{ taskType: "t", pluginIds: ["a", "ü"], mayFallBack: true }] },
  inputsUri: "s3://b/inputs.pb",
  createdAt: 1_700_000_000_123,
});
type Nodes = ReadonlyMap<string, string | undefined>;
const nodes = (...pairs: (readonly [string, string | undefined])[]): Nodes => new Map(pairs);
const delta = (state: string, over: Partial<{ nodes: Nodes; completed: boolean }> = {}) => ({
  state,
  nodes: nodes(),
  completed: false,
  ...over,
});

/** What every WorkflowStore does. */
export function workflowStoreContract(open: () => Promise<OpenedWorkflowStore>): void {
  const withStore = async (use: (workflows: WorkflowStore) => Promise<void>): Promise<void> => {
    const opened = await open();
    try {
      await use(opened.workflows);
    } finally {
      await opened.close();
    }
  };

  test("a workflow is created once, and listed in the order of creation", () =>
    withStore(async (store) => {
      expect(await store.create(spec("b"))).toBe(true);
      expect(await store.create(spec("a"))).toBe(true);
      expect(await store.create({ ...spec("b"), inputsUri: "other" })).toBe(false);
      expect(await store.listActive()).toStrictEqual([id("b"), id("a")]);
      expect((await store.claim(id("b"), "me", 0, 10))?.spec).toStrictEqual(spec("b"));
    }));

  test("a claim gives all there is, before and after the first save", () =>
    withStore(async (store) => {
      await store.create(spec());
      const first = await store.claim(id(), "me", 0, 10);
      expect(first).toStrictEqual({
        spec: spec(),
        version: first?.version,
        epoch: first?.epoch,
        state: undefined,
        nodes: new Map(),
        termination: undefined,
      });
      if (!first) throw new Error("not claimed");
      expect(await store.save(id(), first, delta("s1", { nodes: nodes(["n0", "x"], ["n1", "y"]) }))).toBe(true);
      const second = await store.claim(id(), "me", 5, 20);
      expect(second).toMatchObject({ state: "s1", epoch: first.epoch });
      expect(second?.version).toBeGreaterThan(first.version);
      expect([...(second?.nodes ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
        ["n0", "x"],
        ["n1", "y"],
      ]);
    }));

  test("a save keeps the nodes it does not name", () =>
    withStore(async (store) => {
      await store.create(spec());
      const claimed = await store.claim(id(), "me", 0, 10);
      if (!claimed) throw new Error("not claimed");
      const many = Array.from({ length: 1000 }, (_, n) => [`n${n}`, `a${n}`] as const);
      expect(await store.save(id(), claimed, delta("1", { nodes: nodes(...many) }))).toBe(true);
      const { version } = (await store.claim(id(), "me", 0, 10)) ?? { version: -1 };
      expect(await store.save(id(), { ...claimed, version }, delta("2", { nodes: nodes(["n7", "changed"], ["new", "z"]) }))).toBe(true);
      const read = await store.claim(id(), "me", 0, 10);
      expect(read?.nodes).toEqual(new Map([...many, ["n7", "changed"], ["new", "z"]]));
      expect(read?.state).toBe("2");
    }));

  test("a save drops the nodes it names without a state, and one of them may come back", () =>
    withStore(async (store) => {
      await store.create(spec());
      await store.create(spec("other"));
      const other = await store.claim(id("other"), "me", 0, 10);
      const claimed = await store.claim(id(), "me", 0, 10);
      if (!claimed || !other) throw new Error("not claimed");
      const many = Array.from({ length: 130 }, (_, n) => [`n${n}`, `a${n}`] as const);
      expect(await store.save(id("other"), other, delta("1", { nodes: nodes(["n7", "mine"]) }))).toBe(true);
      expect(await store.save(id(), claimed, delta("1", { nodes: nodes(...many) }))).toBe(true);
      const gone = many.slice(0, 120).map(([name]) => [name, undefined] as const);
      expect(await store.save(id(), { ...claimed, version: 1 }, delta("2", { nodes: nodes(...gone, ["never", undefined]) }))).toBe(true);
      expect((await store.claim(id(), "me", 0, 10))?.nodes).toEqual(new Map(many.slice(120)));
      expect(await store.save(id(), { ...claimed, version: 2 }, delta("3", { nodes: nodes(["n7", "again"]) }))).toBe(true);
      expect((await store.claim(id(), "me", 0, 10))?.nodes).toEqual(new Map([...many.slice(120), ["n7", "again"]]));
      expect((await store.claim(id("other"), "me", 0, 10))?.nodes).toEqual(new Map([["n7", "mine"]]));
    }));

  test("a save at an old version changes nothing; of many at one version one succeeds", () =>
    withStore(async (store) => {
      await store.create(spec());
      const claimed = await store.claim(id(), "me", 0, 10);
      if (!claimed) throw new Error("not claimed");
      const saves = await Promise.all(
        Array.from({ length: 50 }, (_, n) => store.save(id(), claimed, delta(`s${n}`, { nodes: nodes([`n${n}`, "x"]) }))),
      );
      expect(saves.filter(Boolean)).toHaveLength(1);
      const winner = saves.indexOf(true);
      const read = await store.claim(id(), "me", 0, 10);
      expect(read?.state).toBe(`s${winner}`);
      expect([...(read?.nodes.keys() ?? [])]).toEqual([`n${winner}`]);
      expect(await store.save(id(), claimed, delta("old", { completed: true }))).toBe(false);
      expect(await store.listActive()).toEqual([id()]);
    }));

  test("an owner prolongs the leases it has, and no others", () =>
    withStore(async (store) => {
      for (const name of ["mine", "lapsed", "theirs", "done"]) await store.create(spec(name));
      await store.claim(id("mine"), "me", 0, 10);
      await store.claim(id("lapsed"), "me", 0, 5);
      await store.claim(id("theirs"), "they", 0, 10);
      const done = await store.claim(id("done"), "me", 0, 10);
      if (!done) throw new Error("not claimed");
      await store.save(id("done"), done, delta("s", { completed: true }));
      await store.extendLeases("me", 5, 100);
      const claimable = async (name: string, now: number): Promise<boolean> =>
        (await store.claim(id(name), "third", now, now)) !== undefined;
      expect(await claimable("mine", 99)).toBe(false);
      expect(await claimable("mine", 100)).toBe(true);
      expect(await claimable("lapsed", 5)).toBe(true);
      expect(await claimable("theirs", 10)).toBe(true);
      expect(await claimable("done", 1000)).toBe(false);
      // Never shortened.
      await store.claim(id("theirs"), "me", 200, 300);
      await store.extendLeases("me", 200, 250);
      expect(await claimable("theirs", 299)).toBe(false);
    }));

  // now, the lease of the first owner until 10, and whether another owner gets it.
  test.for([
    [0, false],
    [9, false],
    [10, true],
    [11, true],
  ] as const)("at %i another owner's claim of a lease until 10: %s", ([now, granted]) =>
    withStore(async (store) => {
      await store.create(spec());
      const mine = await store.claim(id(), "me", 0, 10);
      const theirs = await store.claim(id(), "they", now, 100);
      expect(theirs !== undefined).toBe(granted);
      if (!mine) throw new Error("not claimed");
      if (theirs) expect(theirs.epoch).toBeGreaterThan(mine.epoch);
      expect(await store.save(id(), mine, delta("mine"))).toBe(!granted);
      if (theirs) expect(await store.save(id(), theirs, delta("theirs"))).toBe(true);
    }),
  );

  test("an owner renews its own lease without a new epoch", () =>
    withStore(async (store) => {
      await store.create(spec());
      const first = await store.claim(id(), "me", 0, 10);
      const renewed = await store.claim(id(), "me", 50, 60);
      expect(renewed?.epoch).toBe(first?.epoch);
      expect(await store.claim(id(), "they", 59, 100)).toBeUndefined();
      expect((await store.claim(id(), "they", 60, 100))?.epoch).toBe((first?.epoch ?? 0) + 1);
      expect(await store.claim(id(), "me", 61, 100)).toBeUndefined();
    }));

  test("of many owners at once one gets the claim", () =>
    withStore(async (store) => {
      await store.create(spec());
      const claims = await Promise.all(Array.from({ length: 30 }, (_, n) => store.claim(id(), `owner ${n}`, 0, 10)));
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    }));

  test("what is completed leaves, stays known, and takes no more", () =>
    withStore(async (store) => {
      await store.create(spec());
      await store.create(spec("other"));
      const claimed = await store.claim(id(), "me", 0, 10);
      if (!claimed) throw new Error("not claimed");
      expect(await store.save(id(), claimed, delta("end", { completed: true, nodes: nodes(["n0", "done"]) }))).toBe(true);
      expect(await store.listActive()).toEqual([id("other")]);
      expect(await store.claim(id(), "me", 100, 110)).toBeUndefined();
      expect(await store.create(spec())).toBe(false);
      expect(await store.terminate(id(), "late")).toBe(false);
      expect(await store.save(id(), { ...claimed, version: claimed.version + 1 }, delta("again"))).toBe(false);
      expect(await store.listActive()).toEqual([id("other")]);
    }));

  test("the first reason to terminate stays, and a save does not lose it", () =>
    withStore(async (store) => {
      await store.create(spec());
      const claimed = await store.claim(id(), "me", 0, 10);
      if (!claimed) throw new Error("not claimed");
      expect(await store.terminate(id(), "first")).toBe(true);
      expect(await store.terminate(id(), "second")).toBe(true);
      expect(await store.save(id(), claimed, delta("s"))).toBe(true);
      expect((await store.claim(id(), "me", 0, 10))?.termination).toBe("first");
    }));

  test("what is unknown is claimed, saved and terminated in vain", () =>
    withStore(async (store) => {
      await store.create(spec());
      for (const other of [
        { ...id(), name: "x" },
        { ...id(), domain: "x" },
        { ...id(), project: "x" },
      ]) {
        expect(await store.claim(other, "me", 0, 10)).toBeUndefined();
        expect(await store.save(other, { version: 0, epoch: 0 }, delta("s"))).toBe(false);
        expect(await store.terminate(other, "r")).toBe(false);
      }
    }));

  test("listeners hear of creations and terminations once they are durable, and of nothing else", () =>
    withStore(async (store) => {
      const heard: string[] = [];
      const unsubscribe = store.subscribe(({ name }) => heard.push(`1 ${name}`));
      const also = store.subscribe(({ name }) => heard.push(`2 ${name}`));
      const active = new Promise<readonly WorkflowExecutionId[]>((resolve) => {
        const once = store.subscribe(() => {
          once();
          resolve(store.listActive());
        });
      });
      await store.create(spec());
      expect(await active).toEqual([id()]);
      await store.create(spec());
      await store.claim(id(), "me", 0, 10);
      expect(heard).toEqual(["1 e", "2 e"]);
      unsubscribe();
      await store.terminate(id(), "r");
      await store.terminate(id("unknown"), "r");
      expect(heard).toEqual(["1 e", "2 e", "2 e"]);
      also();
      await store.create(spec("f"));
      expect(heard).toHaveLength(3);
    }));

  test("who wakes an execution says for which node, or for none", () =>
    withStore(async (store) => {
      const heard: unknown[] = [];
      store.subscribe(({ name }, nodeId) => heard.push([name, nodeId]));
      store.wake(id(), "n0");
      store.wake(id("other"));
      await store.create(spec());
      expect(heard).toEqual([
        ["e", "n0"],
        ["other", undefined],
        ["e", undefined],
      ]);
    }));
}
