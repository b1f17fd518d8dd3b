import path from "node:path";
import { describe, expect, test } from "vitest";
import { testPython } from "../../support/test-sandbox.ts";
import type { ClusterOfTasks, Pod } from "./cluster-of-tasks.ts";

interface Read {
  readonly phase: string;
  readonly outputs: readonly unknown[];
  readonly nodes: Readonly<Record<string, string>>;
}

/** A container that has ended makes room for the next, before its pod has: kubelet takes down what was around it first. */
const isAtWork = ({ status: { containerStatuses = [] } }: Pod): boolean => !containerStatuses.some(({ state }) => state?.terminated);

/** What everybody does with a deployment, by the real client and by ours. */
export function wholeLife(cluster: () => ClusterOfTasks): void {
  describe("from a program to its outputs", () => {
    /** By FlyteRemote. */
    async function read(execution: string): Promise<Read> {
      const ran = await cluster().home.run(testPython(), [path.join(import.meta.dirname, "../read_execution.py"), execution]);
      if (ran.code !== 0) throw new Error(`FlyteRemote: ${ran.stdout}${ran.stderr}`);
      return JSON.parse(ran.stdout.slice(ran.stdout.indexOf("{"))) as Read;
    }
    const podNames = (execution: string): readonly string[] =>
      cluster()
        .podsOf(execution)
        .map(({ metadata }) => metadata.name)
        .toSorted();

    test("pyflyte run --remote has its code run in pods, in the namespace of a project that is new", async () => {
      const made = await fetch(`http://127.0.0.1:${cluster().portBase + 80}/api/v1/projects`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ project: { id: "fresh", name: "fresh" } }),
      });
      expect(made.status).toBe(200);
      const execution = await cluster().run("pods.py", "passes", ["--text", "hello"], "fresh");
      expect(await cluster().ended(`ex:fresh:development:${execution}`)).toMatchObject({
        phase: "SUCCEEDED",
        outputs: { o0: `hello in ${execution}-n1-0` },
      });
      const namespace = JSON.parse(cluster().kubectl("get", "namespace", "fresh-development", "--output", "json")) as Pod;
      expect(namespace.metadata.labels).toMatchObject({ "app.kubernetes.io/managed-by": "flyte", "flyte.dev/sandbox": cluster().name });
    });

    test("nodes of every kind: what was registered by pyflyte is launched by its URN, watched, and read by FlyteRemote; each task is a pod", async () => {
      const urn = await cluster().launch("shapes.shapes", "first", { x: 3 });
      const watched = await cluster().home.flyte("watch", urn);
      expect(watched.code, watched.stderr).toBe(0);
      expect(watched.stdout).toMatch(/node +n0 ran_in +RUNNING\n/);
      expect(watched.stdout).toMatch(/node +n6 inner +RUNNING +ex:flytesnacks:development:first-n6-0\n/);
      expect(watched.stdout).toMatch(/execution +SUCCEEDED\n/);
      const outputs = ["first-n0-0", 8, 16, 12, [0, 2], 6];
      expect(await cluster().home.data("get", "execution", urn)).toMatchObject({
        phase: "SUCCEEDED",
        outputs: Object.fromEntries(outputs.map((value, index) => [`o${index}`, value])),
      });
      const done = "SUCCEEDED";
      expect(await read("first")).toEqual({
        phase: done,
        outputs,
        nodes: {
          n0: done,
          n1: done,
          "n1-0-n0": done,
          n2: done,
          "n2-0-n2-n1": done,
          "n2-0-n2-n1-0-n0": done,
          n3: done,
          n4: done,
          n5: done,
          "n5-0-dn0": done,
          "n5-0-dn1": done,
          n6: done,
          "n6 launched": "first-n6-0",
        },
      });
      const mapped = [0, 1, 2].map((element) => `first-n3-0-n${element}-0`);
      const others = ["n0-0", "n1-0-n0-0", "n4-0", "n5-0", "n5-0-dn0-0", "n5-0-dn1-0"].map((node) => `first-${node}`);
      expect(podNames("first")).toEqual(expect.arrayContaining([...mapped, ...others]));
      // One more is the branch's, whose long name is shortened.
      expect(podNames("first")).toHaveLength(mapped.length + others.length + 1);
      expect(podNames("first-n6-0")).toEqual(["first-n6-0-n0-0"]);
    });

    test("what a program has printed is read by the command line, once and followed, and at the link of its attempt", async () => {
      const node = "ne:flytesnacks:development:first:n1-0-n0";
      for (const flags of [[], ["--follow"]]) {
        const shown = await cluster().home.flyte("logs", node, ...flags);
        expect(shown.code, shown.stderr).toBe(0);
        expect(shown.stdout).toMatch(/^==> n1-0-n0 .*attempt 0 <==\n/);
        expect(shown.stdout.match(/doubling .*/g)).toEqual(["doubling 4"]);
      }
      const { items } = await cluster().home.data<{ items: readonly { readonly logs: readonly { readonly uri: string }[] }[] }>(
        "get",
        "task-execution",
        node,
      );
      const uri = `http://localhost:${cluster().portBase + 80}/logs/flytesnacks/development/first-n1-0-n0-0`;
      expect(items).toMatchObject([{ logs: [{ uri }] }]);
      expect(await (await fetch(uri)).text()).toContain("doubling 4\n");
      const all = await cluster().home.flyte("logs", "first");
      expect(all.code, all.stderr).toBe(0);
      // Elements of a map have logs of their own.
      expect(all.stdout).toMatch(/==> n3 .*<==/);
    });

    test("a log is followed from a pod's first line to its last; when the attempt has failed, the pod is gone, and that is said", async () => {
      const execution = await cluster().launch("ends.ticking", "ticking", { count: 5 });
      const followed = await cluster().home.flyte("logs", execution, "--follow");
      expect(followed.code, followed.stderr).toBe(0);
      expect(followed.stdout.match(/^tick \d+$/gm)).toEqual(["tick 0", "tick 1", "tick 2", "tick 3", "tick 4"]);
      // flytekit's lines are JSON.
      expect(followed.stdout).toContain('raise ValueError(\\"no more\\")');
      expect(followed.stdout).toContain("!! End Error Captured by Flyte !!");
      await cluster().until("its pod goes", () => cluster().podsOf("ticking").length === 0);
      const gone = await cluster().home.flyte("logs", execution);
      expect(gone.code).toBe(4);
      expect(gone.stderr).toContain("pod ticking-n0-0 is gone, and its log with it");
    });

    test("a second launch is answered from the cache with the outputs of the first, and has no pod", async () => {
      await cluster().launch("shapes.remembers", "second", { x: 3 });
      expect(await cluster().ended("second")).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 4, o1: "first-n0-0" } });
      const { items } = await cluster().home.data<{ items: readonly { readonly nodeId: string }[] }>("get", "node-execution", "second");
      expect(items.filter(({ nodeId }) => nodeId === "n0")).toMatchObject([{ phase: "SUCCEEDED", cacheStatus: "CACHE_HIT" }]);
      expect(podNames("second")).toEqual([]);
    });

    test("a map of fifty: a pod each, so many at a time as it says", async () => {
      await cluster().launch("ends.many", "many", { xs: Array.from({ length: 50 }, (_, index) => index) });
      let most = 0;
      let phase = "RUNNING";
      while (phase === "RUNNING" || phase === "QUEUED" || phase === "SUCCEEDING") {
        most = Math.max(most, cluster().podsOf("many").filter(isAtWork).length);
        ({ phase } = await cluster().home.data<{ phase: string }>("get", "execution", "many"));
      }
      expect(phase).toBe("SUCCEEDED");
      expect(most).toBeGreaterThan(5);
      expect(most).toBeLessThanOrEqual(20);
      const pods = cluster().podsOf("many");
      expect(pods.map(({ metadata }) => metadata.name).toSorted()).toEqual(
        Array.from({ length: 50 }, (_, index) => `many-n0-0-n${index}-0`).toSorted(),
      );
      // Nothing of them goes on; what is over stays for its log. Kubelet may be behind with telling so.
      await cluster().until("all pods are over", () =>
        cluster()
          .podsOf("many")
          .every(({ status }) => status.phase === "Succeeded"),
      );
    });

    test("an execution that is aborted leaves no pod", async () => {
      const execution = await cluster().launch("ends.staying", "aborted", { seconds: 600 });
      await cluster().runningPod("aborted");
      const terminated = await cluster().home.flyte("terminate", execution, "--cause", "enough seen");
      expect(terminated.code, terminated.stderr).toBe(0);
      expect(await cluster().ended(execution)).toMatchObject({ phase: "ABORTED", abortCause: "enough seen" });
      await cluster().until("its pod goes", () => cluster().podsOf("aborted").length === 0);
    });
  });
}
