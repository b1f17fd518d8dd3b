import { expect, test } from "vitest";
import type { ResourceManager, ResourcePool, TokenHolder } from "../../src/ports/resource-manager.ts";
import type { WorkflowStore } from "../../src/ports/workflow-store.ts";

export interface OpenedResourceManager {
  readonly resources: ResourceManager;
  /** Whose executions hold tokens. */
  readonly workflows: WorkflowStore;
  close(): Promise<void>;
}

const pool = (quota: number, more: Partial<ResourcePool> = {}): ResourcePool => ({ namespace: "pool", quota, ...more });

/** What every ResourceManager does. */
export function resourceManagerContract(open: () => Promise<OpenedResourceManager>): void {
  const withResources = async (
    use: (
      kit: OpenedResourceManager & { holder(path: string, token?: string): Promise<TokenHolder>; readonly woken: string[] },
    ) => Promise<void>,
  ): Promise<void> => {
    const opened = await open();
    const woken: string[] = [];
    /** `project/domain/name` of an execution that goes on. */
    const holder = async (path: string, token = "t"): Promise<TokenHolder> => {
      const [project = "", domain = "", name = ""] = path.split("/");
      const execution = { project, domain, name };
      const spec = { closure: Uint8Array.of(), executionSpec: Uint8Array.of(), inputsUri: "", createdAt: 0 };
      await opened.workflows.create({ id: execution, ...spec });
      return { execution, nodeId: `node-${token}`, token };
    };
    const unsubscribe = opened.workflows.subscribe(({ name }, nodeId) => void (nodeId && woken.push(`${name} ${nodeId}`)));
    try {
      await use({ ...opened, holder, woken });
    } finally {
      unsubscribe();
      await opened.close();
    }
  };

  test("there are as many tokens as the quota says, and asking again changes nothing", () =>
    withResources(async ({ resources, holder }) => {
      const holders = await Promise.all(["p/d/a", "p/d/b", "p/d/c"].map((path) => holder(path)));
      const ask = async () => {
        const answers: boolean[] = [];
        for (const each of holders) answers.push(await resources.allocate(pool(2), each));
        return answers;
      };
      expect(await ask()).toEqual([true, true, false]);
      expect(await ask()).toEqual([true, true, false]);
    }));

  test("asked for by many at once, no more are given", () =>
    withResources(async ({ resources, holder }) => {
      const holders = await Promise.all(Array.from({ length: 20 }, (_, index) => holder(`p/d/e${index}`)));
      const answers = await Promise.all(holders.map((each) => resources.allocate(pool(3), each)));
      expect(answers.filter(Boolean)).toHaveLength(3);
    }));

  test("a token given back goes to who has waited longest, who alone is woken", () =>
    withResources(async ({ resources, holder, woken }) => {
      const [first, second, third] = await Promise.all(["one", "two", "three"].map((token) => holder("p/d/e", token)));
      if (!first || !second || !third) throw new Error("no holders");
      for (const each of [first, second, third]) await resources.allocate(pool(1), each);
      expect(woken).toEqual(["e node-one"]);
      await resources.release(pool(1), first);
      expect(woken.slice(1)).toEqual(["e node-two"]);
      expect(await resources.allocate(pool(1), second)).toBe(true);
      expect(await resources.allocate(pool(1), third)).toBe(false);
      await resources.release(pool(1), first);
      expect(woken).toHaveLength(2);
      await resources.release(pool(1), second);
      expect(woken.slice(2)).toEqual(["e node-three"]);
    }));

  test("who gives up its place is passed over", () =>
    withResources(async ({ resources, holder }) => {
      const [first, second, third] = await Promise.all(["one", "two", "three"].map((token) => holder("p/d/e", token)));
      if (!first || !second || !third) throw new Error("no holders");
      for (const each of [first, second, third]) await resources.allocate(pool(1), each);
      await resources.release(pool(1), second);
      await resources.release(pool(1), first);
      expect(await resources.allocate(pool(1), third)).toBe(true);
      expect(await resources.allocate(pool(1), second)).toBe(false);
    }));

  test("a project's share, and a domain's, keep nobody else waiting", () =>
    withResources(async ({ resources, holder }) => {
      const shared = pool(10, { perProject: 3, perDomain: 2 });
      const answers: [string, boolean][] = [];
      for (const path of ["p/d/1", "p/d/2", "p/d/3", "p/e/1", "p/e/2", "p2/d/1", "q/d/1"])
        answers.push([path, await resources.allocate(shared, await holder(path))]);
      expect(answers).toEqual([
        ["p/d/1", true],
        ["p/d/2", true],
        ["p/d/3", false],
        ["p/e/1", true],
        ["p/e/2", false],
        ["p2/d/1", true],
        ["q/d/1", true],
      ]);
      // The domain has room again, and so the project: for the one of them that asked first.
      await resources.release(shared, await holder("p/d/1"));
      expect(await resources.allocate(shared, await holder("p/d/3"))).toBe(true);
      expect(await resources.allocate(shared, await holder("p/e/2"))).toBe(false);
    }));

  test("pools are apart, and executions of one name", () =>
    withResources(async ({ resources, holder }) => {
      expect(await resources.allocate(pool(1), await holder("p/d/e"))).toBe(true);
      expect(await resources.allocate(pool(1, { namespace: "other" }), await holder("p/d/e"))).toBe(true);
      expect(await resources.allocate(pool(1), await holder("p/x/e"))).toBe(false);
    }));

  test("what an execution has that is over comes back when it is asked for", () =>
    withResources(async ({ resources, workflows, holder }) => {
      const dead = await holder("p/d/dead");
      const alive = await holder("p/d/alive");
      await resources.allocate(pool(1), dead);
      const claimed = await workflows.claim(dead.execution, "me", 0, 10);
      if (!claimed) throw new Error("not claimed");
      expect(await resources.allocate(pool(1), alive)).toBe(false);
      const { version, epoch } = claimed;
      await workflows.save(dead.execution, { version, epoch }, { state: "", nodes: new Map(), completed: true });
      expect(await resources.allocate(pool(1), alive)).toBe(true);
    }));

  test("more of them, once the quota is higher", () =>
    withResources(async ({ resources, holder, woken }) => {
      const [first, second, third] = await Promise.all(["one", "two", "three"].map((token) => holder("p/d/e", token)));
      if (!first || !second || !third) throw new Error("no holders");
      await resources.allocate(pool(1), first);
      await resources.allocate(pool(1), second);
      expect(await resources.allocate(pool(3), third)).toBe(true);
      expect(woken).toContain("e node-two");
    }));
}
