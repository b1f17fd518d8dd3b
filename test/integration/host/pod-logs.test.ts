import { once } from "node:events";
import { get, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openKubernetes, type OpenKubernetes } from "../../../src/compute/kubernetes/open-kubernetes.ts";
import { type Gateway, startGateway } from "../../../src/engine/gateway/start-gateway.ts";
import { logRoute } from "../../../src/host/log-route.ts";
import { podLogs } from "../../../src/host/pod-logs.ts";
import { defaultPodConfig } from "../../../src/plugins/pod/pod-config.ts";
import type { ContainerState, Pod } from "../../../src/ports/kubernetes-objects.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";
import { PodLogServer, refused } from "./pod-log-server.ts";

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const namespace = "snacks-development";
const key = `${namespace}/e-n0-0`;
const running: ContainerState = { running: {} };
const ended: ContainerState = { terminated: { exitCode: 0 } };

let server: PodLogServer;
let cluster: OpenKubernetes;
let gateway: Gateway;

beforeEach(async () => {
  server = await PodLogServer.start();
  const connection = { server: server.url, insecure: false, token: async () => "propeller's" };
  const over = { podSelector: "execution-id", clock: systemClock, random: systemRandom, logger: quiet };
  cluster = openKubernetes({ connection, ...over });
  gateway = await startGateway({
    services: [],
    ports: [0],
    host: "127.0.0.1",
    health: { serving: () => true, onChange: () => () => undefined },
    allowedOrigins: [],
    allowedHosts: [],
    routes: [logRoute(podLogs(cluster, defaultPodConfig))],
    ...over,
    version: "0",
  });
});
afterEach(async () => {
  await gateway.close();
  await cluster.close();
  await server[Symbol.asyncDispose]();
});

/** A pod of the execution `e`, with its containers' states; absent ones have not begun. */
function podOf(states: Readonly<Record<string, ContainerState | undefined>>, more: Partial<Pod["metadata"]> = {}, phase = "Running"): Pod {
  const [main = "", ...others] = Object.keys(states);
  return {
    metadata: {
      name: "e-n0-0",
      namespace,
      labels: { "execution-id": "e", project: "snacks", domain: "development" },
      annotations: { primary_container_name: main },
      ...more,
    },
    // The task's own is not the first one.
    spec: { containers: [...others, main].map((name) => ({ name })) },
    status: { phase, containerStatuses: Object.entries(states).map(([name, state]) => ({ name, ...(state && { state }) })) },
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const says =
  (...parts: readonly string[]) =>
  (response: ServerResponse): void => {
    for (const part of parts) response.write(part);
    response.end();
  };

async function ask(path: string, headers: OutgoingHttpHeaders = {}): Promise<IncomingMessage> {
  // As it stands: fetch would take dots out of it.
  const request = get({ host: "127.0.0.1", port: gateway.ports[0], path, headers, agent: false });
  request.on("error", () => undefined);
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  answer.on("error", () => undefined);
  return answer;
}

async function read(path: string, headers?: OutgoingHttpHeaders): Promise<[number | undefined, string]> {
  const answer = await ask(path, headers);
  let text = "";
  for await (const part of answer) text += String(part);
  return [answer.statusCode, text];
}

const at = "/logs/snacks/development/e-n0-0";

test("of several containers the task's own is read, or the one that is named", async () => {
  server.put(podOf({ main: ended, side: running }));
  server.logs.set(key, (response, url) => says("\nit is ", url.searchParams.get("container") ?? "", "\n")(response));
  const answer = await ask(at);
  expect(answer.headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
  answer.destroy();
  expect(await read(at)).toEqual([200, "\nit is main\n"]);
  expect(await read(`${at}?container=side`)).toEqual([200, "\nit is side\n"]);
  expect(await read(`${at}?container=..%2F..`)).toEqual([404, "pod e-n0-0 has no container of that name; it has side, main\n"]);
  expect(server.asked).toEqual([`${key}?container=main`, `${key}?container=main`, `${key}?container=side`]);
});

test("one container, and no word which is the task's", async () => {
  server.put(podOf({ only: ended }, { annotations: {} }, "Succeeded"));
  server.logs.set(key, says("done\n"));
  expect(await read(at)).toEqual([200, "done\n"]);
});

test("a log is followed from before its container begins to its end, as it is written", async () => {
  server.put(podOf({ main: undefined }, {}, "Pending"));
  expect(await read(at)).toEqual([404, "container main of pod e-n0-0 has not begun\n"]);
  await until(() => server.watches > 0);
  let write: ServerResponse | undefined;
  server.logs.set(key, (response, { searchParams }) => {
    if (searchParams.get("follow") !== "true") return void response.end();
    // Like kubelet, which says nothing at all before the first line.
    write = response;
  });
  const answer = await ask(`${at}?follow=true`);
  expect(answer.statusCode).toBe(200);
  expect(server.asked).toEqual([]);
  server.put(podOf({ main: running }));
  await until(() => write !== undefined);
  const line = async (text: string): Promise<string> => {
    write?.write(text);
    return String(((await once(answer, "data")) as [Buffer])[0]);
  };
  expect(await line("one\n")).toBe("one\n");
  expect(await line("two\n")).toBe("two\n");
  const over = once(answer, "end");
  answer.resume();
  write?.end();
  await over;
  expect(server.asked).toEqual([`${key}?container=main&tailLines=0`, `${key}?container=main&follow=true`]);
});

test.for(["deleted", "Failed", "Succeeded"])("a container that never begins, its pod %s, has an empty log", async (end) => {
  server.put(podOf({ main: undefined }, {}, "Pending"));
  await until(() => server.watches > 0);
  const answer = await ask(`${at}?follow=true`);
  if (end === "deleted") server.delete(key);
  else server.put(podOf({ main: undefined }, {}, end));
  let text = "";
  for await (const part of answer) text += String(part);
  expect(text).toBe("");
  expect(server.asked).toEqual([]);
});

test("a reader who leaves lets go of the cluster's log", async () => {
  server.put(podOf({ main: running }));
  const closed = new Promise<void>((resolve) => {
    server.logs.set(key, (response, { searchParams }) => {
      if (searchParams.get("follow") !== "true") return void response.end();
      response.write("one\n");
      response.on("close", resolve);
    });
  });
  const answer = await ask(`${at}?follow=true`);
  await once(answer, "data");
  answer.destroy();
  await closed;
});

test("a log that breaks off is not taken for a whole one", async () => {
  server.put(podOf({ main: running }));
  server.logs.set(key, (response) => {
    response.write("half of");
    setImmediate(() => response.destroy());
  });
  await expect(read(at)).rejects.toMatchObject({ code: "ECONNRESET" });
});

const gone = (name: string): string =>
  `pod ${name} is gone, and its log with it: it was deleted, as that of an attempt that fails or is aborted always is, or there never was one (what is to be read later, a log store has to collect: kubernetes.logs in the configuration links to it)\n`;

test("a pod that is gone, before or while it is asked, is answered with a sentence", async () => {
  expect(await read(at)).toEqual([410, gone("e-n0-0")]);
  server.put(podOf({ main: ended }));
  expect(await read(`${at}?follow=true`)).toEqual([410, gone("e-n0-0")]);
});

test.for([
  ["a pod that is no attempt's", { project: "snacks", domain: "development" }],
  ["another project's", { "execution-id": "e", project: "other", domain: "development" }],
  ["another domain's", { "execution-id": "e", project: "snacks", domain: "production" }],
] as const)("%s is not read", async ([, labels]) => {
  server.put(podOf({ main: running }, { labels }));
  server.logs.set(key, says("secret"));
  expect(await read(at)).toEqual([410, gone("e-n0-0")]);
  expect(server.asked).toEqual([]);
});

test("a pod of the cluster's own, though a project is named after its namespace, is not read", async () => {
  server.put(podOf({ main: running }, { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } }));
  server.logs.set("kube-system/e-n0-0", says("secret"));
  expect(await read("/logs/kube/system/e-n0-0")).toEqual([410, gone("e-n0-0")]);
  expect(server.asked).toEqual([]);
});

test.for([
  "/logs/",
  "/logs/e-n0-0",
  "/logs/snacks/development",
  "/logs/snacks/development/",
  "/logs/snacks/development/e-n0-0/log",
  "/logs/snacks/development/..%2F..%2Fsecrets",
  "/logs/snacks%2Fdevelopment/e-n0-0/x",
  "/logs/snacks%2F..%2F/development/e-n0-0",
  "/logs/SNACKS/development/e-n0-0",
  "/logs/snacks/%2e%2e/e-n0-0",
  "/logs/snacks/development/e-n0-0%00",
  "/logs/snacks/development/%ff",
  `/logs/snacks/${"d".repeat(254)}/e-n0-0`,
])("%s is no log, and the cluster is not asked", async (path) => {
  server.put(podOf({ main: running }));
  expect((await read(path))[0]).toBe(404);
  expect(server.asked).toEqual([]);
});

test.for([
  [
    403,
    "Forbidden",
    502,
    "the cluster does not give the log of pod e-n0-0: no; propeller's role needs get of pods/log, as in manifests/base\n",
  ],
  [400, "BadRequest", 502, "the cluster does not give the log of pod e-n0-0: no\n"],
  [404, "NotFound", 410, gone("e-n0-0")],
] as const)("what the cluster refuses with %i is told", async ([code, reason, status, text]) => {
  server.put(podOf({ main: ended }));
  server.logs.set(key, (response) => refused(response, code, reason, "no"));
  expect(await read(at)).toEqual([status, text]);
  expect(await read(`${at}?follow=true`)).toEqual([status, text]);
});

test("a kubelet that does not answer is none of the task's doing", async () => {
  server.put(podOf({ main: ended }));
  server.logs.set(key, (response) => refused(response, 500, "InternalError", "dial tcp 10.0.0.1:10250: no route to host"));
  expect(await read(at)).toEqual([
    503,
    `the Kubernetes API server at ${server.url} answers 500: dial tcp 10.0.0.1:10250: no route to host\n`,
  ]);
});

test("only our own pages, under our own names, may ask", async () => {
  server.put(podOf({ main: running }));
  server.logs.set(key, says("secret"));
  for (const headers of [{ host: "evil.example" }, { origin: "https://evil.example" }]) {
    const [status, text] = await read(at, headers);
    expect(status).toBe(403);
    expect(text).not.toContain("secret");
  }
  expect(server.asked).toEqual([]);
});
