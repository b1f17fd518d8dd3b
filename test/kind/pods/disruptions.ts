import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { docker } from "../kind-home.ts";
import type { ClusterOfTasks, Pod } from "./cluster-of-tasks.ts";

/** What happens to pods and to those who look after them while tasks run. No task here may be tried again for a failure of its own. */
export function disruptions(cluster: () => ClusterOfTasks): void {
  const kubectl = (...args: readonly string[]): string => cluster().kubectl(...args);
  const gone = (execution: string, namespace: string): string =>
    `object [${namespace}/${execution}-n0-0] terminated in the background, manually`;
  const system = (message: string): object => ({ phase: "FAILED", error: { kind: "SYSTEM", code: "UnexpectedObjectDeletion", message } });

  describe("pods that are taken away", () => {
    test("one evicted by its API, one deleted by hand: both are tried again on the system's account", async () => {
      const namespace = "flytesnacks-development";
      for (const name of ["evicted", "deleted"]) await cluster().launch("ends.staying", name, { seconds: 5 });
      for (const name of ["evicted", "deleted"]) await cluster().runningPod(name);
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "evicted-n0-0", namespace } };
      const at = `/api/v1/namespaces/${namespace}/pods/evicted-n0-0/eviction`;
      docker(
        "exec",
        cluster().node,
        "sh",
        "-c",
        'printf %s "$1" | kubectl create --raw "$2" --filename -',
        "sh",
        JSON.stringify(eviction),
        at,
      );
      kubectl("delete", "pod", "deleted-n0-0", "--namespace", namespace, "--wait=false");
      for (const name of ["evicted", "deleted"])
        expect(await cluster().ended(name)).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: `${name}-n0-1` } });
      expect(await cluster().attempts("evicted")).toMatchObject([
        system(`${gone("evicted", namespace)}: EvictionByEvictionAPI: Eviction API: evicting`),
        { phase: "SUCCEEDED" },
      ]);
      expect(await cluster().attempts("deleted")).toMatchObject([system(gone("deleted", namespace)), { phase: "SUCCEEDED" }]);
    });

    test("their node is lost: its kubelet answers nobody, and pods that do not wait for it are made anew", async () => {
      await cluster().launch("ends.leaving", "left", { seconds: 5 });
      const { metadata } = await cluster().runningPod("left");
      docker("exec", cluster().node, "systemctl", "stop", "kubelet");
      try {
        kubectl("cordon", cluster().node);
        // As the controllers do where there are other nodes; of a cluster's only node they let nothing be taken.
        kubectl("taint", "node", cluster().node, "node.kubernetes.io/unreachable:NoExecute");
        await cluster().until("another pod is made", () => cluster().podsOf("left").length === 2);
        // Nobody confirms the end of the first.
        const first = cluster()
          .podsOf("left")
          .find(({ metadata: { uid } }) => uid === metadata.uid);
        expect(first?.status.phase).toBe("Running");
      } finally {
        docker("exec", cluster().node, "systemctl", "start", "kubelet");
        // It is reachable again, and the taint gone, before or after this.
        await cluster().home.run("docker", [
          "exec",
          cluster().node,
          "kubectl",
          "taint",
          "node",
          cluster().node,
          "node.kubernetes.io/unreachable-",
        ]);
        kubectl("uncordon", cluster().node);
      }
      expect(await cluster().ended("left")).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: "left-n0-1" } });
      const why = "DeletionByTaintManager: Taint manager: deleting due to NoExecute taint";
      expect(await cluster().attempts("left")).toMatchObject([
        system(`${gone("left", "flytesnacks-development")}: ${why}`),
        { phase: "SUCCEEDED" },
      ]);
    });

    test("a quota holds a pod back until another has gone; a namespace that is deleted, until it is there anew", async () => {
      const namespace = "flytesnacks-staging";
      const staging = (name: string): string => `ex:flytesnacks:staging:${name}`;
      kubectl("create", "quota", "one", "--hard=pods=1", "--namespace", namespace);
      await cluster().until(
        "the quota is counted",
        () => kubectl("get", "quota", "one", "--namespace", namespace, "--output", "jsonpath={.status.hard.pods}") === "1",
      );
      await cluster().launch("ends.staying", "room", { seconds: 3 }, "staging");
      await cluster().runningPod("room", namespace);
      await cluster().launch("ends.staying", "held", { seconds: 4 }, "staging");
      const held =
        'Exceeded resourcequota: pods "held-n0-0" is forbidden: exceeded quota: one, requested: pods=1, used: pods=1, limited: pods=1';
      await cluster().until("it is held back", async () => {
        const [attempt] = await cluster().attempts("held", "n0", "staging");
        return attempt?.phase === "WAITING_FOR_RESOURCES" && attempt.reason === held;
      });
      expect(await cluster().ended(staging("room"))).toMatchObject({ phase: "SUCCEEDED" });
      await cluster().runningPod("held", namespace);

      kubectl("delete", "namespace", namespace, "--wait=false");
      await cluster().until("the next attempt waits", async () => {
        const attempts = await cluster().attempts("held", "n0", "staging");
        return attempts.length === 2 && attempts[1]?.phase === "WAITING_FOR_RESOURCES";
      });
      const [, waiting] = await cluster().attempts("held", "n0", "staging");
      expect(waiting?.reason).toBe(
        `pods "held-n0-1" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      );
      expect(await cluster().ended(staging("held"))).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: "held-n0-1" } });
      expect(await cluster().attempts("held", "n0", "staging")).toHaveLength(2);
    });
  });

  describe("those who look after pods", () => {
    /** Kills the pod of a part of the sandbox, and resolves when its successor is ready and the engine answers. */
    async function killPod(component: string): Promise<void> {
      const where = ["--namespace", "flyte", "--selector", `app.kubernetes.io/name=${component}`];
      const ready = (): readonly string[] => {
        const { items } = JSON.parse(kubectl("get", "pods", ...where, "--output", "json")) as { readonly items: readonly Pod[] };
        const isReady = ({ conditions = [] }: Pod["status"]): boolean =>
          conditions.some(({ type, status }) => type === "Ready" && status === "True");
        return items.filter(({ status }) => isReady(status)).map(({ metadata }) => metadata.uid);
      };
      const before = ready();
      expect(before).toHaveLength(1);
      kubectl("delete", "pod", ...where, "--force", "--grace-period=0");
      await cluster().until(`${component} comes back`, async () => {
        const now = ready();
        return now.length === 1 && now[0] !== before[0] && (await cluster().answers());
      });
    }

    test("while a task runs the engine's pod is killed, then Postgres': the task's pod is the same afterwards, and succeeds", async () => {
      await cluster().launch("ends.staying", "unattended", { seconds: 25 });
      const before = await cluster().runningPod("unattended");
      await killPod("flyte");
      expect(cluster().podsOf("unattended")).toMatchObject([{ metadata: { uid: before.metadata.uid }, status: { phase: "Running" } }]);
      await killPod("postgres");
      expect(await cluster().ended("unattended")).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: before.metadata.name } });
      expect(
        cluster()
          .podsOf("unattended")
          .map(({ metadata }) => metadata.uid),
      ).toEqual([before.metadata.uid]);
    });

    test("another current context in the sandbox's kubeconfig, as other tools set it, does not lead to another cluster", async () => {
      const { kubeconfig } = await cluster().sandbox<{ kubeconfig: string }>("kubeconfig");
      const kept = readFileSync(kubeconfig, "utf8");
      writeFileSync(kubeconfig, kept.replace(/^current-context: .*$/m, "current-context: another"));
      try {
        const logs = await cluster().home.flyte("sandbox", "logs", "--name", cluster().name);
        expect(logs.stdout, logs.stderr).toContain('"message":"serving"');
      } finally {
        writeFileSync(kubeconfig, kept);
      }
    });

    test("the node is started anew: what ran is tried again on the system's account, and what was done is not", async () => {
      await cluster().launch("ends.in_a_row", "restarted", { seconds: 15 });
      await cluster().until("the second task runs", () =>
        cluster()
          .podsOf("restarted")
          .some(({ metadata, status }) => metadata.name === "restarted-n1-0" && status.phase === "Running"),
      );
      docker("restart", "--time", "30", cluster().node);
      await cluster().until("the API server answers", async () => {
        const leases = ["kube-controller-manager", "kube-scheduler"].map((name) => `lease/${name}`);
        // Where they elect leaders, their successors would wait for the leases to end.
        const args = ["exec", cluster().node, "kubectl", "delete", "--ignore-not-found", "--namespace", "kube-system", ...leases];
        return (await cluster().home.run("docker", args)).code === 0;
      });
      await cluster().until("the engine answers", () => cluster().answers());
      expect(await cluster().ended("restarted")).toMatchObject({
        phase: "SUCCEEDED",
        outputs: { o0: "restarted-n0-0", o1: "restarted-n1-1", o2: "restarted-n2-0" },
      });
      expect(await cluster().attempts("restarted", "n0")).toMatchObject([{ phase: "SUCCEEDED" }]);
      expect(await cluster().attempts("restarted", "n1")).toMatchObject([
        { phase: "FAILED", error: { kind: "SYSTEM", code: "Interrupted" } },
        { phase: "SUCCEEDED" },
      ]);
    });
  });
}
