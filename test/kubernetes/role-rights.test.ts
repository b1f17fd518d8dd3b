import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubeConnection } from "../../src/compute/kubernetes/kube-config.ts";
import { KubernetesClient } from "../../src/compute/kubernetes/kubernetes-client.ts";
import { applyObjects } from "../../src/compute/kubernetes/apply-objects.ts";
import { openKubernetes } from "../../src/compute/kubernetes/open-kubernetes.ts";
import { KubernetesError } from "../../src/ports/kubernetes-api.ts";
import { buildKustomization } from "../../src/sandbox/manifests/build-kustomization.ts";
import { systemClock } from "../../src/std/clock.ts";
import { systemRandom } from "../../src/std/random.ts";
import { TestApiServer } from "../support/api-server.ts";
import { CutProxy } from "../support/cut-proxy.ts";
import { podOf, quiet, until } from "./open-cluster.ts";

let server: TestApiServer;

beforeAll(async () => {
  server = await TestApiServer.start();
  await apply("production");
});
afterAll(() => server[Symbol.asyncDispose]());

async function apply(overlay: string): Promise<void> {
  const overlays = fileURLToPath(new URL("../../manifests/overlays/", import.meta.url));
  const client = new KubernetesClient(await kubeConnection(server.kubeconfig()));
  const owner = { label: "flyte.dev/sandbox", value: "rights" };
  const over = { labels: [{ pairs: { [owner.label]: owner.value } }] };
  // Without pruning: what both overlays have is the same.
  await applyObjects(client, await buildKustomization(path.join(overlays, overlay), over), { owner, prune: false, clock: systemClock });
  await client.close();
}

/** A kubeconfig of a service account of the namespace `flyte`; through `port` when something stands before the server. */
async function kubeconfigOf(account: string, port?: number): Promise<string> {
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { status, body } = await server.call("POST", `/api/v1/namespaces/flyte/serviceaccounts/${account}/token`, request);
  expect(status).toBe(201);
  return server.kubeconfig(port, (body as { status: { token: string } }).status.token);
}

interface Rules {
  readonly status: {
    readonly incomplete: boolean;
    readonly resourceRules: readonly { verbs: string[]; apiGroups: string[]; resources: string[]; resourceNames?: string[] }[];
    readonly nonResourceRules: readonly { verbs: string[]; nonResourceURLs: string[] }[];
  };
}

/** All that a service account may do in a namespace, as the API server says itself: `pods create`. */
async function rightsOf(account: string, namespace: string): Promise<Set<string>> {
  const client = new KubernetesClient(await kubeConnection(await kubeconfigOf(account)));
  try {
    const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } };
    const { status } = (await client.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { body })) as Rules;
    expect(status.incomplete).toBe(false);
    const rights = new Set<string>();
    for (const { verbs, apiGroups, resources, resourceNames = [""] } of status.resourceRules)
      for (const verb of verbs)
        for (const group of apiGroups)
          for (const resource of resources)
            for (const name of resourceNames) rights.add(`${group}${group && "/"}${resource}${name && `/${name}`} ${verb}`);
    for (const { verbs, nonResourceURLs } of status.nonResourceRules)
      for (const url of nonResourceURLs) for (const verb of verbs) rights.add(`${url} ${verb}`);
    return rights;
  } finally {
    await client.close();
  }
}

/** What everybody may who is known at all: ask what there is, and what one may do. */
async function ownRightsOf(account: string, namespace: string): Promise<string[]> {
  await server.call("POST", "/api/v1/namespaces/flyte/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "anybody" },
  });
  const anybody = await rightsOf("anybody", namespace);
  expect(anybody.size).toBeGreaterThan(0);
  return [...(await rightsOf(account, namespace))].filter((right) => !anybody.has(right)).toSorted();
}

const namespaces = ["flyte", "work-development", "kube-system"];

test.for(["flyteadmin", "datacatalog", "flytescheduler"])("%s has no rights", async (account) => {
  for (const namespace of namespaces) expect(await ownRightsOf(account, namespace)).toEqual([]);
});

test("propeller can do all that its code does to a cluster, and has no other right", async () => {
  await using proxy = await CutProxy.to(server.port);
  const connection = await kubeConnection(await kubeconfigOf("flytepropeller", proxy.port));
  const cluster = openKubernetes({ connection, podSelector: "execution-id", clock: systemClock, random: systemRandom, logger: quiet });
  const seen = new Set<string>();
  const templates = new Set<string>();
  cluster.pods.subscribe(({ metadata }) => seen.add(metadata.name ?? ""));
  cluster.podTemplates.subscribe(({ metadata }) => templates.add(metadata.name ?? ""));
  try {
    const namespace = "work-development";
    await server.namespace(namespace);
    const template = { apiVersion: "v1", kind: "PodTemplate", metadata: { name: "t" }, template: { spec: podOf(namespace, "t").spec } };
    expect((await server.call("POST", `/api/v1/namespaces/${namespace}/podtemplates`, template)).status).toBe(201);
    await until("the template is seen", () => templates.has("t"));
    expect(await cluster.pods.create(podOf(namespace, "p", { finalizers: ["example.com/f"] }))).toBe(true);
    await until("the pod is seen", () => seen.has("p"));
    // There is no kubelet: nothing was written.
    const request = { namespace, pod: "p", container: "p", signal: AbortSignal.timeout(30_000) };
    for (const follow of [false, true]) {
      const pieces = await cluster.podLog({ ...request, follow });
      for await (const piece of pieces) expect.unreachable(Buffer.from(piece).toString());
    }
    await cluster.pods.remove(namespace, "p");
    await cluster.pods.releaseFinalizer(namespace, "p", "example.com/f");
    await until("the pod is gone", async () => (await cluster.pods.find(namespace, "p")) === undefined);
    // Not in the informer's: the server is asked.
    expect(await cluster.podTemplates.find(namespace, "none")).toBeUndefined();
    // What it has no right to is refused.
    const secrets = new KubernetesClient(connection);
    const error = await secrets.call("GET", "/api/v1/namespaces/flyte/secrets").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KubernetesError);
    expect(error).toMatchObject({ status: 403 });
    await secrets.close();
  } finally {
    await cluster.close();
  }
  const used = [...new Set(server.audited("flyte:flytepropeller"))].filter((call) => call !== "secrets list").toSorted();
  const owned = new Set<string>();
  for (const within of namespaces) for (const right of await ownRightsOf("flytepropeller", within)) owned.add(right);
  expect(used).toEqual([
    "pods create",
    "pods delete",
    "pods get",
    "pods list",
    "pods patch",
    "pods watch",
    "pods/log get",
    "podtemplates get",
    "podtemplates list",
    "podtemplates watch",
  ]);
  expect([...owned].toSorted()).toEqual(used);
});

test("propeller of a sandbox may make namespaces besides, and makes those that pods lack", async () => {
  const before = await ownRightsOf("flytepropeller", "flyte");
  await apply("sandbox");
  expect((await ownRightsOf("flytepropeller", "flyte")).filter((right) => !before.includes(right))).toEqual(["namespaces create"]);
  const connection = await kubeConnection(await kubeconfigOf("flytepropeller"));
  const options = { connection, podSelector: "execution-id", clock: systemClock, random: systemRandom, logger: quiet };
  const newNamespaces = { labels: { "flyte.dev/sandbox": "rights" } };
  const [making, other] = [openKubernetes({ ...options, newNamespaces }), openKubernetes(options)];
  try {
    await expect(other.pods.create(podOf("new-development", "p"))).rejects.toMatchObject({ status: 404 });
    // Both find it missing; one makes it.
    expect(await Promise.all(["p", "q"].map((name) => making.pods.create(podOf("new-development", name))))).toEqual([true, true]);
    const { body } = await server.call("GET", "/api/v1/namespaces/new-development");
    expect(body).toMatchObject({ metadata: { labels: newNamespaces.labels } });
    expect(await making.pods.create(podOf("new-development", "p"))).toBe(false);
  } finally {
    await Promise.all([making.close(), other.close()]);
  }
});
