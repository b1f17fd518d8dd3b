import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AdminClient, adminClient } from "../../src/client/admin-client.ts";
import { connect } from "../../src/client/connect.ts";
import { kubeConnection } from "../../src/compute/kubernetes/kube-config.ts";
import { openKubernetes } from "../../src/compute/kubernetes/open-kubernetes.ts";
import { executionPhaseOf } from "../../src/idl/phases.ts";
import type { Pod } from "../../src/ports/kubernetes-objects.ts";
import { systemClock } from "../../src/std/clock.ts";
import { systemRandom } from "../../src/std/random.ts";
import { launchJudged, registerJudged } from "../postgres/split-entities.ts";
import { TestApiServer } from "../support/api-server.ts";
import { MoodyServer } from "../support/moody-server.ts";
import { patchStatus, podOf, quiet, until } from "./open-cluster.ts";
import { PodHost } from "./pod-host.ts";

const namespace = "flytesnacks-development";
let server: TestApiServer;

beforeAll(async () => {
  server = await TestApiServer.start();
  await server.namespace(namespace);
});
afterAll(() => server[Symbol.asyncDispose]());

/** A kubeconfig that leads to `url`; changed in place, it stays where it is. */
function kubeconfigOf(url: string, token: string): string {
  const file = path.join(server.directory, `kubeconfig-${new URL(url).port}`);
  const user = { token };
  const config = {
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server: url } }],
    users: [{ name: "test", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

const token = "test-token-of-an-administrator";

/** A daemon whose cluster is behind `front`, with its admin. */
async function hostBehind(url: string, as = token) {
  const host = await PodHost.make(kubeconfigOf(url, as));
  await host.start();
  const client = connect({ endpoint: host.admin, insecure: true });
  const admin = adminClient(client);
  await registerJudged(admin, "nowhere", 0);
  return {
    host,
    admin,
    async [Symbol.asyncDispose](): Promise<void> {
      await client.close();
      await host[Symbol.asyncDispose]();
    },
  };
}

async function pods(execution: string): Promise<readonly Pod[]> {
  const { body } = await server.call("GET", `/api/v1/namespaces/${namespace}/pods?labelSelector=execution-id%3D${execution}`);
  return (body as { readonly items: readonly Pod[] }).items;
}

async function phaseOf(admin: AdminClient, name: string): Promise<string | undefined> {
  const execution = await admin.getExecution({ id: { project: "flytesnacks", domain: "development", name } });
  return executionPhaseOf(execution.closure?.phase);
}

/** Ends the pods of a chain as kubelet would, until the execution has succeeded. */
async function finish(admin: AdminClient, execution: string, log: () => string): Promise<void> {
  for (const node of ["n0", "n1", "n2"]) {
    const name = `${execution}-${node}-0`;
    await until(`pod ${name}\n${log()}`, async () => (await pods(execution)).some(({ metadata }) => metadata.name === name));
    const ended = {
      name,
      state: { terminated: { exitCode: 0, reason: "Completed" } },
      image: "i",
      imageID: "",
      ready: false,
      restartCount: 0,
    };
    await patchStatus(server, namespace, name, { phase: "Running", containerStatuses: [ended] });
  }
  await until(`${execution} succeeds\n${log()}`, async () => (await phaseOf(admin, execution)) === "SUCCEEDED");
  await until("no pod is left", async () => (await pods(execution)).length === 0);
}

test("a server that throttles, and one that is broken: nothing fails, and all goes on afterwards", async () => {
  await using front = await MoodyServer.before(server);
  await using running = await hostBehind(front.url);
  const { admin, host } = running;
  const busy = { status: 429, reason: "TooManyRequests", message: "too many requests, please try again later" };
  const broken = { status: 500, reason: "InternalError", message: "etcdserver: leader changed" };
  for (const [name, refusal] of [
    ["throttled", busy],
    ["broken", broken],
  ] as const) {
    front.refused = 0;
    front.mood = () => refusal;
    await launchJudged(admin, "chain", name);
    await until("it has been refused often enough", () => front.refused > 5);
    expect(await phaseOf(admin, name)).toBe("RUNNING");
    expect(await pods(name)).toEqual([]);
    expect(host.log()).toContain(`the Kubernetes API server at ${front.url} answers ${refusal.status}: ${refusal.message}`);
    // Of rounds that fail for a reason of the workflow's own there may be ten; these are not counted.
    expect(host.log()).not.toContain("a round failed");
    front.mood = () => undefined;
    await finish(admin, name, () => host.log().slice(-2000));
  }
  // One of three changes.
  let asked = 0;
  front.mood = (method) => (method !== "GET" && asked++ % 3 === 0 ? busy : undefined);
  await launchJudged(admin, "chain", "slowly");
  await finish(admin, "slowly", () => host.log().slice(-2000));
});

test("a cluster that does not know us, as another one would: named, waited for, and nothing is lost", async () => {
  await using front = await MoodyServer.before(server);
  await using running = await hostBehind(front.url, "a token that was taken back");
  const { admin, host } = running;
  await launchJudged(admin, "chain", "unknown");
  const told = `plugin pod failed to handle unknown-n0-0: the Kubernetes API server at ${front.url} does not know who we are (401): Unauthorized`;
  await until("it is told, again and again", () => host.log().split(told).length > 5);
  expect(host.log()).not.toContain("a round failed");
  expect(await phaseOf(admin, "unknown")).toBe("RUNNING");
  kubeconfigOf(front.url, token);
  await host.end("SIGTERM");
  await host.start();
  await finish(admin, "unknown", () => host.log().slice(-2000));
});

test("a list whose next page the server has forgotten (410) is begun again, whole", async () => {
  await using front = await MoodyServer.before(server);
  await server.namespace("paged");
  const names = Array.from({ length: 505 }, (_, index) => `p-${index}`);
  for (let at = 0; at < names.length; at += 50)
    await Promise.all(names.slice(at, at + 50).map((name) => server.call("POST", "/api/v1/namespaces/paged/pods", podOf("paged", name))));
  const expired = { status: 410, reason: "Expired", message: "The provided continue parameter is too old" };
  front.mood = (_, url) => (front.refused < 2 && url.searchParams.has("continue") ? expired : undefined);
  const connection = await kubeConnection(kubeconfigOf(front.url, token));
  const cluster = openKubernetes({ connection, podSelector: "execution-id", clock: systemClock, random: systemRandom, logger: quiet });
  try {
    const seen = new Map<string, number>();
    cluster.pods.subscribe(({ metadata: { name = "" } }) => seen.set(name, (seen.get(name) ?? 0) + 1));
    await until("all are told of", () => names.every((name) => seen.has(name)));
    expect(new Set(seen.values())).toEqual(new Set([1]));
    expect({ refused: front.refused, lists: cluster.podCounts.lists }).toEqual({ refused: 2, lists: 3 });
    // It follows from there.
    await patchStatus(server, "paged", "p-0", { phase: "Running" });
    await until("a change is told of", () => seen.get("p-0") === 2);
  } finally {
    await cluster.close();
  }
});
