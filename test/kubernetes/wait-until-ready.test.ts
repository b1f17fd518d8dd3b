import { afterAll, beforeAll, expect, test } from "vitest";
import { applyObjects } from "../../src/compute/kubernetes/apply-objects.ts";
import { kubeConnection } from "../../src/compute/kubernetes/kube-config.ts";
import { KubernetesClient } from "../../src/compute/kubernetes/kubernetes-client.ts";
import { waitUntilReady } from "../../src/compute/kubernetes/wait-until-ready.ts";
import type { KubernetesObject } from "../../src/ports/kubernetes-objects.ts";
import { systemClock } from "../../src/std/clock.ts";
import { systemRandom } from "../../src/std/random.ts";
import { TestApiServer } from "../support/api-server.ts";
import { CutProxy } from "../support/cut-proxy.ts";
import { quiet, until } from "./open-cluster.ts";

let server: TestApiServer;

beforeAll(async () => {
  server = await TestApiServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Deployments of one pod each, applied; `wait` on them through the port. */
async function applied(namespace: string, names: readonly string[], port = server.port) {
  await server.namespace(namespace);
  const owner = { label: "flyte.dev/sandbox", value: namespace };
  const objects = names.map(
    (name) =>
      ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace, labels: { [owner.label]: owner.value } },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: name } },
          template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "one" }] } },
        },
      }) as KubernetesObject,
  );
  const client = new KubernetesClient(await kubeConnection(server.kubeconfig(port)));
  await applyObjects(client, objects, { owner, prune: false, clock: systemClock });
  const ready: string[] = [];
  let ended: unknown = "waiting";
  const wait = (timeoutMs = 60_000, signal?: AbortSignal): Promise<unknown> => {
    const options = {
      owner,
      timeoutMs,
      clock: systemClock,
      random: systemRandom,
      logger: quiet,
      onReady: (name: string) => ready.push(name),
    };
    const waited = waitUntilReady(client, objects, { ...options, ...(signal && { signal }) });
    return waited.then(
      () => (ended = "ready"),
      (error: unknown) => (ended = error),
    );
  };
  return { ready, wait, ended: () => ended, [Symbol.asyncDispose]: () => client.close() };
}

/** What the controller would do. */
async function setStatus(namespace: string, name: string, status: object): Promise<void> {
  const { status: code } = await server.call("PATCH", `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`, { status });
  expect(code).toBe(200);
}
const there = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };

test("ready once all are, each told once", async () => {
  await using work = await applied("all", ["a", "b"]);
  const waited = work.wait();
  await setStatus("all", "a", { observedGeneration: 1, replicas: 1, updatedReplicas: 1, unavailableReplicas: 1 });
  await setStatus("all", "b", there);
  await until("b is told", () => work.ready.includes("Deployment all/b"));
  expect(work.ended()).toBe("waiting");
  await setStatus("all", "a", there);
  expect(await waited).toBe("ready");
  expect(work.ready).toEqual(["Deployment all/b", "Deployment all/a"]);
  // And at once where all is well already.
  expect(await work.wait()).toBe("ready");
});

test("what never gets ready is named at once, with the controller's words; what is late, with how far it is", async () => {
  await using work = await applied("never", ["a", "b"]);
  const late = work.wait(1500);
  await setStatus("never", "b", { observedGeneration: 1, replicas: 1, updatedReplicas: 1, unavailableReplicas: 1 });
  expect(await late).toMatchObject({
    code: "KUBERNETES_NOT_READY",
    message: "not ready within 2 s: Deployment never/a (its change is not seen yet), Deployment never/b (0 of 1 available)",
  });
  const waited = work.wait();
  const condition = {
    type: "Progressing",
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: 'ReplicaSet "b-1" has timed out progressing.',
  };
  await setStatus("never", "b", { observedGeneration: 1, conditions: [condition] });
  expect(await waited).toMatchObject({
    code: "KUBERNETES_NOT_READY",
    message: 'not ready and will not be: Deployment never/b (ReplicaSet "b-1" has timed out progressing.)',
  });
});

test("a wait that is given up ends at once with the reason", async () => {
  await using work = await applied("given-up", ["a"]);
  const giving = new AbortController();
  const waited = work.wait(60_000, giving.signal);
  const reason = new Error("Ctrl-C");
  giving.abort(reason);
  expect(await waited).toBe(reason);
  expect(await work.wait(60_000, giving.signal)).toBe(reason);
});

test("the watch is cut, the server starts anew and has forgotten (410): what happened meanwhile is seen", async () => {
  await using proxy = await CutProxy.to(server.port);
  await using work = await applied("forgotten", ["a", "b"], proxy.port);
  const waited = work.wait();
  await setStatus("forgotten", "b", there);
  await until("b is told", () => work.ready.includes("Deployment forgotten/b"));
  proxy.cut(true);
  await setStatus("forgotten", "a", there);
  await server.down();
  await server.up();
  proxy.mend();
  expect(await waited).toBe("ready");
  expect(work.ready).toEqual(["Deployment forgotten/b", "Deployment forgotten/a"]);
});
