import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyObjects, type Applied } from "../../src/compute/kubernetes/apply-objects.ts";
import { kubeConnection } from "../../src/compute/kubernetes/kube-config.ts";
import { KubernetesClient } from "../../src/compute/kubernetes/kubernetes-client.ts";
import { inOrder, objectPath } from "../../src/compute/kubernetes/manifest-kinds.ts";
import type { KubernetesObject } from "../../src/ports/kubernetes-objects.ts";
import { buildKustomization } from "../../src/sandbox/manifests/build-kustomization.ts";
import { systemClock } from "../../src/std/clock.ts";
import { FlyteError } from "../../src/std/errors.ts";
import { TestApiServer } from "../support/api-server.ts";

let server: TestApiServer;
let client: KubernetesClient;

beforeAll(async () => {
  server = await TestApiServer.start();
  client = new KubernetesClient(await kubeConnection(server.kubeconfig()));
});
afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

const overlays = fileURLToPath(new URL("../../manifests/overlays/", import.meta.url));
const ownerOf = (value: string) => ({ label: "flyte.dev/sandbox", value });
const apply = (owner: string, objects: readonly KubernetesObject[], prune = true): Promise<Applied> =>
  applyObjects(client, objects, { owner: ownerOf(owner), prune, clock: systemClock });
const failure = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    (value) => value,
    (thrown: unknown) =>
      thrown instanceof FlyteError ? { code: thrown.code, message: thrown.message, hint: thrown.hint, details: thrown.details } : thrown,
  );

interface Stored extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}
async function stored(at: string): Promise<Stored | undefined> {
  const { status, body } = await server.call("GET", at);
  return status === 200 ? (body as Stored) : undefined;
}

const labels = (owner: string) => ({ "flyte.dev/sandbox": owner });
const configMap = (owner: string, namespace: string, name: string, data: Record<string, string> = { a: "1" }): KubernetesObject =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels: labels(owner) }, data }) as KubernetesObject;
const namespaceOf = (owner: string, name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: labels(owner) },
});
const deployment = (owner: string, namespace: string, replicas?: number): KubernetesObject =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d", namespace, labels: labels(owner) },
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: { app: "d" } },
      template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "c", image: "one" }] } },
    },
  }) as KubernetesObject;

// One after the other: each has what the one before it has not.
test.for(["sandbox-registry", "production", "sandbox"])(
  "the overlay %s is accepted whole, and a second time nothing changes",
  async (overlay) => {
    const objects = await buildKustomization(path.join(overlays, overlay), { labels: [{ pairs: labels("both"), includeTemplates: true }] });
    const first = await apply("both", objects);
    const names = [...first.created, ...first.changed, ...first.same].toSorted();
    expect(names.length).toBe(objects.length);
    expect(first.created.length).toBeGreaterThan(5);
    const versions = async (): Promise<(string | undefined)[]> =>
      await Promise.all(objects.map(async (object) => (await stored(objectPath(object)))?.metadata.resourceVersion));
    const before = await versions();
    expect(await apply("both", objects)).toEqual({ created: [], changed: [], same: inOrderNames(objects), pruned: [] });
    expect(await versions()).toEqual(before);
  },
);

function inOrderNames(objects: readonly KubernetesObject[]): string[] {
  return inOrder(objects).map(
    ({ kind, metadata: { namespace, name } }) => `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`,
  );
}

test("one overlay after the other: what the first alone had is gone, data and namespaces are not", async () => {
  const build = (overlay: string): Promise<readonly KubernetesObject[]> =>
    buildKustomization(path.join(overlays, overlay), { labels: [{ pairs: labels("both"), includeTemplates: true }] });
  const sandbox = await build("sandbox");
  await apply("both", sandbox);
  const { pruned } = await apply("both", await build("production"));
  expect(pruned).toEqual(
    expect.arrayContaining(["Deployment flyte/postgres", "Deployment flyte/minio", "Deployment flyte/flyte", "Secret flyte/minio"]),
  );
  expect(pruned.some((name) => name.startsWith("Namespace"))).toBe(false);
  expect(await stored("/apis/apps/v1/namespaces/flyte/deployments/postgres")).toBeUndefined();
  expect(await stored("/api/v1/namespaces/flytesnacks-development")).toBeDefined();
});

test.for([
  { overlay: "sandbox", names: ["flyte", "minio", "postgres"] },
  { overlay: "sandbox-registry", names: ["flyte", "minio", "postgres", "registry"] },
  { overlay: "production", names: ["datacatalog", "flyteadmin", "flytepropeller", "flytescheduler"] },
])("the pods of the overlay $overlay are such as its namespace admits", async ({ overlay, names }) => {
  const objects = await buildKustomization(path.join(overlays, overlay), { labels: [{ pairs: labels("both") }] });
  await apply("both", objects);
  const workloads = objects.filter(({ kind }) => kind === "Deployment") as unknown as {
    metadata: { name: string };
    spec: { template: object };
  }[];
  expect(workloads.map(({ metadata }) => metadata.name).toSorted()).toEqual(names);
  for (const { metadata, spec } of workloads) {
    const pod = { apiVersion: "v1", kind: "Pod", ...spec.template, metadata: { name: `${overlay}-${metadata.name}` } };
    const { status, body } = await server.call("POST", "/api/v1/namespaces/flyte/pods?dryRun=All", pod);
    expect([status, (body as { message?: string }).message]).toEqual([201, undefined]);
  }
});

test("a change is applied; fields that others have set and we do not name stay", async () => {
  const objects = [namespaceOf("change", "change"), deployment("change", "change")];
  expect(await apply("change", objects)).toMatchObject({ created: ["Namespace change", "Deployment change/d"] });
  const at = "/apis/apps/v1/namespaces/change/deployments/d";
  await server.call("PATCH", at, { spec: { replicas: 4 }, metadata: { annotations: { theirs: "1" } } });
  const changed = {
    ...deployment("change", "change"),
    metadata: { ...deployment("change", "change").metadata, annotations: { ours: "1" } },
  };
  expect(await apply("change", [namespaceOf("change", "change"), changed])).toEqual({
    created: [],
    changed: ["Deployment change/d"],
    same: ["Namespace change"],
    pruned: [],
  });
  const now = await stored(at);
  expect(now?.spec?.["replicas"]).toBe(4);
  expect(now?.metadata.annotations).toMatchObject({ theirs: "1", ours: "1" });
});

test("a key that a secret or a ConfigMap does not have any more is taken away", async () => {
  const secret = (stringData: Record<string, string>): KubernetesObject =>
    ({
      apiVersion: "v1",
      kind: "Secret",
      type: "Opaque",
      metadata: { name: "s", namespace: "keys", labels: labels("keys") },
      stringData,
    }) as KubernetesObject;
  const all = (data: Record<string, string>) => [namespaceOf("keys", "keys"), secret(data), configMap("keys", "keys", "c", data)];
  await apply("keys", all({ a: "1", b: "ü" }));
  expect((await stored("/api/v1/namespaces/keys/secrets/s"))?.data).toEqual({ a: "MQ==", b: "w7w=" });
  await apply("keys", all({ b: "2" }));
  expect((await stored("/api/v1/namespaces/keys/secrets/s"))?.data).toEqual({ b: "Mg==" });
  expect((await stored("/api/v1/namespaces/keys/configmaps/c"))?.data).toEqual({ b: "2" });
});

test("what is applied no more is pruned; what only looks like ours is not", async () => {
  const owned = (name: string) => configMap("prune", "prune", name);
  await apply("prune", [namespaceOf("prune", "prune"), owned("kept"), owned("dropped")]);
  await apply("other", [configMap("other", "prune", "of-another-deployment")]);
  const kept = await stored("/api/v1/namespaces/prune/configmaps/kept");
  const post = (name: string, more: object) =>
    server.call("POST", "/api/v1/namespaces/prune/configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...more } });
  await post("without-label", {});
  await post("with-our-label", { labels: labels("prune") });
  const patch = await server.call("PATCH", "/api/v1/namespaces/prune/configmaps/with-our-label?fieldManager=flyte", { data: { a: "1" } });
  expect(patch.status).toBe(200);
  // Applied by us, but it goes with another.
  await apply("prune", [namespaceOf("prune", "prune"), owned("kept"), owned("dropped"), owned("of-another")]);
  await server.call("PATCH", "/api/v1/namespaces/prune/configmaps/of-another", {
    metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "kept", uid: kept?.metadata.uid }] },
  });
  expect(await apply("prune", [namespaceOf("prune", "prune"), owned("kept")], false)).toMatchObject({ pruned: [] });
  expect(await apply("prune", [namespaceOf("prune", "prune"), owned("kept")])).toMatchObject({ pruned: ["ConfigMap prune/dropped"] });
  const { body } = await server.call("GET", "/api/v1/namespaces/prune/configmaps");
  expect((body as { items: KubernetesObject[] }).items.map(({ metadata }) => metadata.name ?? "").toSorted()).toEqual([
    "kept",
    "of-another",
    "of-another-deployment",
    "with-our-label",
    "without-label",
  ]);
  // A namespace is never pruned.
  expect(await apply("prune", [])).toMatchObject({ pruned: ["ConfigMap prune/kept"] });
  expect(await stored("/api/v1/namespaces/prune")).toBeDefined();
});

test("an object of that name that is not ours is left as it is, and named", async () => {
  await server.namespace("foreign");
  const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { theirs: "1" } };
  const { body: before } = await server.call("POST", "/api/v1/namespaces/foreign/configmaps", theirs);
  expect(await failure(apply("us", [configMap("us", "foreign", "c")]))).toEqual({
    code: "KUBERNETES_FOREIGN",
    message: "ConfigMap foreign/c is there already and does not carry the label flyte.dev/sandbox=us: it is not ours",
    hint: "use another cluster, or remove it if nobody needs it: kubectl delete configmap c --namespace foreign",
    details: { object: "ConfigMap foreign/c", label: "flyte.dev/sandbox=us" },
  });
  expect(await stored("/api/v1/namespaces/foreign/configmaps/c")).toEqual(before);
});

test("a field that somebody else has changed is named, with who it was, and stays", async () => {
  await apply("conflict", [namespaceOf("conflict", "conflict"), deployment("conflict", "conflict", 1)]);
  const at = "/apis/apps/v1/namespaces/conflict/deployments/d";
  await server.call("PATCH", `${at}?fieldManager=kubectl-edit`, { spec: { replicas: 3 } });
  await apply("conflict", [configMap("conflict", "conflict", "unwanted")], false);
  expect(await failure(apply("conflict", [deployment("conflict", "conflict", 2)]))).toEqual({
    code: "KUBERNETES_CONFLICT",
    message: "Deployment conflict/d was changed by others: .spec.replicas by kubectl-edit",
    hint: "change it back, or delete it to have it made anew: kubectl delete deployment d --namespace conflict",
    details: { object: "Deployment conflict/d", conflicts: [{ field: ".spec.replicas", manager: "kubectl-edit" }] },
  });
  expect((await stored(at))?.spec?.["replicas"]).toBe(3);
  // And nothing was pruned.
  expect(await stored("/api/v1/namespaces/conflict/configmaps/unwanted")).toBeDefined();
  // The same value is no conflict.
  expect(await apply("conflict", [deployment("conflict", "conflict", 3)], false)).toMatchObject({ changed: ["Deployment conflict/d"] });
});

test("a namespace that is being deleted is named, by itself and by what belongs in it", async () => {
  await apply("going", [namespaceOf("going", "going")]);
  // Nothing here empties it, so it stays on its way out.
  await server.call("DELETE", "/api/v1/namespaces/going");
  expect(await failure(apply("going", [namespaceOf("going", "going")]))).toMatchObject({
    code: "KUBERNETES_GOING",
    message: "Namespace going is being deleted",
  });
  expect(await failure(apply("going", [configMap("going", "going", "c")]))).toMatchObject({
    code: "KUBERNETES_GOING",
    message: "ConfigMap going/c cannot be made: namespace going is being deleted",
    hint: "try again when it is gone: kubectl wait --for=delete namespace/going",
  });
});

test("a server that is busy is asked again, and then no more", async () => {
  let busy = 2;
  const asked: string[] = [];
  const front = createServer((request, response) => {
    asked.push(request.method ?? "");
    response.setHeader("content-type", "application/json");
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { uid: "u", resourceVersion: "1", labels: labels("busy") } };
    response.writeHead(busy-- > 0 ? 429 : 200).end(JSON.stringify(busy >= 0 ? { message: "too many requests" } : body));
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as AddressInfo;
  const throttled = new KubernetesClient({ server: `http://127.0.0.1:${port}`, insecure: false, token: async () => undefined });
  try {
    const options = { owner: ownerOf("busy"), prune: false, clock: systemClock };
    expect(await applyObjects(throttled, [configMap("busy", "n", "c")], options)).toMatchObject({ same: ["ConfigMap n/c"] });
    expect(asked).toEqual(["GET", "GET", "GET", "PATCH"]);
    busy = Number.POSITIVE_INFINITY;
    asked.length = 0;
    await expect(applyObjects(throttled, [configMap("busy", "n", "c")], options)).rejects.toMatchObject({ status: "UNAVAILABLE" });
    expect(asked.length).toBe(6);
  } finally {
    await throttled.close();
    front.closeAllConnections();
    front.close();
  }
});

test("what the server refuses has its words; a kind that is not known is refused before anything is done", async () => {
  await apply("refused", [namespaceOf("refused", "refused")]);
  expect(await failure(apply("refused", [deployment("refused", "refused", -1)]))).toMatchObject({
    code: "KUBERNETES_REFUSED",
    message:
      'the cluster refuses Deployment refused/d: Deployment.apps "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    details: { object: "Deployment refused/d", status: 422, reason: "Invalid" },
  });
  const unknown = { apiVersion: "v1", kind: "Gadget", metadata: { name: "g", labels: labels("refused") } };
  expect(await failure(apply("refused", [configMap("refused", "refused", "c"), unknown]))).toMatchObject({
    code: "KUBERNETES_KIND_UNKNOWN",
    message: "v1 Gadget cannot be applied",
  });
  expect(await stored("/api/v1/namespaces/refused/configmaps/c")).toBeUndefined();
});
