import { afterAll, beforeAll, expect, test } from "vitest";
import { KubernetesError } from "../../src/ports/kubernetes-api.ts";
import { TestApiServer } from "../support/api-server.ts";
import { CutProxy } from "../support/cut-proxy.ts";
import { openCluster, patchStatus, podOf, until } from "./open-cluster.ts";

let server: TestApiServer;

beforeAll(async () => {
  server = await TestApiServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const pods = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
const kill = (namespace: string, name: string) => server.call("DELETE", `${pods(namespace)}/${name}?gracePeriodSeconds=0`);

test("a pod is created once, seen through the watch, and gone after its removal", async () => {
  await server.namespace("create");
  await using cluster = await openCluster(server);
  const seen: string[] = [];
  cluster.pods.subscribe(({ metadata, status }) => seen.push(`${metadata.name ?? ""} ${status?.phase ?? ""}`));
  expect(await cluster.pods.create(podOf("create", "a"))).toBe(true);
  expect(await cluster.pods.create(podOf("create", "a"))).toBe(false);
  await until("the pod is told of", () => seen.includes("a Pending"));
  await patchStatus(server, "create", "a", { phase: "Running" });
  await until("its phase is told of", () => seen.includes("a Running"));
  expect((await cluster.pods.find("create", "a"))?.status?.phase).toBe("Running");
  expect((await cluster.pods.find("create", "a"))?.metadata["managedFields"]).toBeUndefined();
  // Nothing was listed for that.
  expect(cluster.podCounts).toEqual({ lists: 1, watches: 1 });
  await cluster.pods.remove("create", "a");
  await cluster.pods.remove("create", "a");
  // No kubelet confirms it; a pod that is on no node goes at once.
  await until("the pod is gone", async () => (await cluster.pods.find("create", "a")) === undefined);
  expect((await server.call("GET", `${pods("create")}/a`)).status).toBe(404);
});

test("a finalizer holds a pod until it is released; others stay", async () => {
  await server.namespace("finalize");
  await using cluster = await openCluster(server);
  await cluster.pods.create(podOf("finalize", "a", { finalizers: ["flyte.org/finalizer-k8s", "example.com/other"] }));
  await cluster.pods.remove("finalize", "a");
  const held = await until("its deletion is seen", async () => {
    const pod = await cluster.pods.find("finalize", "a");
    return pod?.metadata.deletionTimestamp !== undefined && pod;
  });
  expect(held.metadata.finalizers).toEqual(["flyte.org/finalizer-k8s", "example.com/other"]);
  await cluster.pods.releaseFinalizer("finalize", "a", "flyte.org/finalizer-k8s");
  await cluster.pods.releaseFinalizer("finalize", "a", "flyte.org/finalizer-k8s");
  const { body } = await server.call("GET", `${pods("finalize")}/a`);
  expect(body).toMatchObject({ metadata: { finalizers: ["example.com/other"] } });
  await cluster.pods.releaseFinalizer("finalize", "a", "example.com/other");
  expect((await server.call("GET", `${pods("finalize")}/a`)).status).toBe(404);
  await cluster.pods.releaseFinalizer("finalize", "a", "example.com/other");
});

test("what the server refuses has its status, reason and message", async () => {
  await using cluster = await openCluster(server);
  const create = (namespace: string, name: string) =>
    cluster.pods.create(podOf(namespace, name)).then(
      () => "created",
      (error: unknown) => (error instanceof KubernetesError ? `${error.status} ${error.reason}: ${error.message}` : error),
    );
  expect(await create("nowhere", "a")).toBe('404 NotFound: namespaces "nowhere" not found');
  await server.namespace("refuse");
  expect(await create("refuse", "A B")).toMatch(/^422 Invalid: Pod "A B" is invalid: \[metadata.name: Invalid value/);
});

test("a watch that is cut goes on where it was, without a list", async () => {
  await server.namespace("cut");
  await using proxy = await CutProxy.to(server.port);
  await using cluster = await openCluster(server, proxy.port);
  const seen: string[] = [];
  const versions: string[] = [];
  cluster.pods.subscribe(({ metadata, status }) => {
    seen.push(`${metadata.name ?? ""} ${status?.phase ?? ""}`);
    versions.push(metadata.resourceVersion ?? "");
  });
  await cluster.pods.create(podOf("cut", "a"));
  await until("the pod is told of", () => seen.includes("a Pending"));
  const before = seen.length;
  proxy.cut(true);
  await patchStatus(server, "cut", "a", { phase: "Running" });
  await patchStatus(server, "cut", "a", { phase: "Succeeded" });
  await server.call("POST", pods("cut"), podOf("cut", "b"));
  await kill("cut", "b");
  proxy.mend();
  await until("the end is told of", () => seen.includes("a Succeeded"));
  await until("the other is told of", () => seen.filter((one) => one.startsWith("b ")).length >= 3);
  // Every change in its order, none twice; b is made, marked for deletion, and gone.
  expect(seen.slice(before)).toEqual(["a Running", "a Succeeded", "b Pending", "b Pending", "b Pending"]);
  expect(new Set(versions).size).toBe(versions.length);
  expect(cluster.podCounts.lists).toBe(1);
  expect(cluster.podCounts.watches).toBeGreaterThanOrEqual(2);
});

test("after the server has forgotten (410) all is listed again, and what was missed is told", async () => {
  await server.namespace("forgotten");
  await using proxy = await CutProxy.to(server.port);
  await using cluster = await openCluster(server, proxy.port);
  const seen: string[] = [];
  cluster.pods.subscribe(({ metadata, status }) => seen.push(`${metadata.name ?? ""} ${status?.phase ?? ""}`));
  for (const name of ["changed", "deleted", "same"]) await cluster.pods.create(podOf("forgotten", name));
  await until("the pods are told of", () => ["changed", "deleted", "same"].every((name) => seen.includes(`${name} Pending`)));
  const before = seen.length;
  proxy.cut(true);
  await patchStatus(server, "forgotten", "changed", { phase: "Running" });
  await kill("forgotten", "deleted");
  await server.call("POST", pods("forgotten"), podOf("forgotten", "new"));
  // A server that has just started remembers nothing of before.
  await server.down();
  await server.up();
  proxy.mend();
  await until("what was missed is told", () => seen.includes("changed Running") && seen.includes("new Pending"));
  expect(seen.slice(before).sort()).toEqual(["changed Running", "deleted Pending", "new Pending"]);
  expect(cluster.podCounts.lists).toBe(2);
  expect(await cluster.pods.find("forgotten", "deleted")).toBeUndefined();
  // And it follows again.
  await patchStatus(server, "forgotten", "same", { phase: "Running" });
  await until("a change after it is told of", () => seen.includes("same Running"));
  expect(cluster.podCounts.lists).toBe(2);
});

test("a list of several pages is read whole", async () => {
  await server.namespace("pages");
  const names = Array.from({ length: 510 }, (_, index) => `p-${index}`);
  for (let at = 0; at < names.length; at += 30)
    await Promise.all(names.slice(at, at + 30).map((name) => server.call("POST", pods("pages"), podOf("pages", name))));
  await using cluster = await openCluster(server);
  const seen = new Set<string>();
  cluster.pods.subscribe(({ metadata }) => seen.add(metadata.name ?? ""));
  await until("all are told of", () => names.every((name) => seen.has(name)));
  expect(cluster.podCounts.lists).toBe(1);
});
