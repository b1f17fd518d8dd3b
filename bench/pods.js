import { adminClient } from "../src/client/admin-client.ts";
import { connect } from "../src/client/connect.ts";
import { kubeConnection } from "../src/compute/kubernetes/kube-config.ts";
import { KubernetesClient } from "../src/compute/kubernetes/kubernetes-client.ts";
import { watchEvents } from "../src/compute/kubernetes/watch-events.ts";
import { PodHost } from "../test/kubernetes/pod-host.ts";
import { TestApiServer } from "../test/support/api-server.ts";
import { identifier, launchRequest, succeeded } from "./engine/workflows.js";
import { median } from "./measure.js";

const namespace = "flytesnacks-development";
const collection = `/api/v1/namespaces/${namespace}/pods`;
const running = 200;
const length = 20;
const runs = Number(process.env.FLYTE_BENCH_RUNS ?? 5);

/**
 * From the end of a pod to the creation of the next one of its workflow, as somebody sees it who writes the one's phase, as kubelet
 * would, and watches for the other, while 200 other pods run; what the API server was asked for it. A real kube-apiserver with etcd,
 * and the engine as a process of its own. The floor is a client that creates a pod as soon as its watch tells the end of another.
 */
export async function pods() {
  await using server = await TestApiServer.start();
  for (const name of [namespace, "flyte"]) await server.namespace(name);
  await using host = await PodHost.make(await engineConfig(server), {});
  await host.start();
  const connection = connect({ endpoint: host.admin, insecure: true });
  const admin = adminClient(connection);
  const kubelet = await Kubelet.open(server);
  try {
    await registerPods(admin, "chain", length);
    await registerPods(admin, "one", 1);
    for (let index = 0; index < running; index++) await admin.createExecution(request("one", `kept${index}`));
    for (let index = 0; index < running; index++) await kubelet.begins(`kept${index}-n0-0`);
    const chain = async (name) => {
      await admin.createExecution(request("chain", name));
      const gaps = [];
      let pod = `${name}-n0-0`;
      await kubelet.begins(pod);
      for (let index = 1; index <= length; index++) {
        const next = `${name}-n${index}-0`;
        const ended = await kubelet.ends(pod);
        if (index < length) gaps.push((await kubelet.begins(next)) - ended);
        pod = next;
      }
      await succeeded(admin, name);
      return gaps;
    };
    await chain("first");
    await bare(kubelet, "bare");
    const asked = server.audited("flyte:engine").length;
    const [gaps, floors] = [[], []];
    for (let round = 0; round < runs; round++) {
      floors.push(...(await bare(kubelet, `bare${round}`)));
      gaps.push(...(await chain(`chain${round}`)));
    }
    const calls = server.audited("flyte:engine").slice(asked);
    const floor = median(floors);
    const over = median(gaps) - floor;
    return [
      row("watch, then create", floors, "the floor"),
      row(`end of a pod to the next one's creation, ${running} pods running`, gaps, `+${over.toFixed(1)} ms`),
      ["requests to the API server a task", (calls.length / (runs * length)).toFixed(2), counted(calls), runs * length, ""],
      ["of them lists", String(calls.filter((call) => call.endsWith(" list")).length), "", runs * length, ""],
    ];
  } finally {
    await kubelet.close();
    await connection.close();
  }
}

const request = (workflow, name) => ({ ...launchRequest(workflow, name), inputs: { literals: {} } });

function row(what, values, over) {
  const ms = (value) => `${value.toFixed(1)} ms`;
  const p95 = values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)];
  return [what, ms(median(values)), `${ms(Math.min(...values))} – ${ms(Math.max(...values))}, p95 ${ms(p95)}`, values.length, over];
}

function counted(calls) {
  const counts = Map.groupBy(calls, (call) => call);
  return [...counts].map(([call, all]) => `${all.length} × ${call}`).join(", ");
}

/** A kubeconfig of a service account, whose calls the server writes down. */
async function engineConfig(server) {
  const made = async (at, body) => {
    const { status, body: answer } = await server.call("POST", at, body);
    if (status !== 201) throw new Error(`${at}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const accounts = "/api/v1/namespaces/flyte/serviceaccounts";
  await made(accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "engine" } });
  const rbac = "rbac.authorization.k8s.io";
  await made(`/apis/${rbac}/v1/clusterrolebindings`, {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "engine" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: "engine", namespace: "flyte" }],
  });
  const { status } = await made(`${accounts}/engine/token`, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} });
  return server.kubeconfig(undefined, status.token);
}

/** Registers a workflow of `count` pods, each after the one before. */
async function registerPods(admin, name, count) {
  const task = identifier("TASK", `pod-of-${name}`);
  await admin.createTask({
    id: task,
    spec: {
      template: {
        id: task,
        type: "raw-container",
        interface: { inputs: { variables: {} }, outputs: { variables: {} } },
        metadata: { retries: {} },
        container: { image: "bench", command: ["true"], resources: {} },
      },
    },
  });
  const nodes = Array.from({ length: count }, (_, index) => ({
    id: `n${index}`,
    metadata: { name: `n${index}` },
    upstreamNodeIds: index > 0 ? [`n${index - 1}`] : [],
    taskNode: { referenceId: task },
  }));
  const id = identifier("WORKFLOW", name);
  const none = { inputs: { variables: {} }, outputs: { variables: {} } };
  await admin.createWorkflow({ id, spec: { template: { id, metadata: {}, metadataDefaults: {}, interface: none, nodes } } });
  await admin.createLaunchPlan({
    id: identifier("LAUNCH_PLAN", name),
    spec: { workflowId: id, defaultInputs: { parameters: {} }, fixedInputs: { literals: {} }, labels: {}, annotations: {} },
  });
}

/** Pods of no engine, each created when the watch tells that the one before it has ended. */
async function bare(kubelet, name) {
  const gaps = [];
  await kubelet.create(`${name}-0`);
  await kubelet.begins(`${name}-0`);
  for (let index = 1; index < length; index++) {
    const seen = kubelet.endOf(`${name}-${index - 1}`).then(() => kubelet.create(`${name}-${index}`));
    const ended = await kubelet.ends(`${name}-${index - 1}`);
    gaps.push((await kubelet.begins(`${name}-${index}`)) - ended);
    await seen;
  }
  return gaps;
}

/** Watches all pods, lets each run as soon as it is there, and ends it when it is told to. */
class Kubelet {
  #client;
  #ending = new AbortController();
  #created = new Map();
  #ended = new Map();

  static async open(server) {
    const kubelet = new Kubelet();
    kubelet.#client = new KubernetesClient(await kubeConnection(server.kubeconfig()));
    const { metadata } = await kubelet.#client.call("GET", collection);
    const query = { watch: "true", resourceVersion: metadata.resourceVersion };
    const stream = await kubelet.#client.stream(collection, query, 600_000, kubelet.#ending.signal);
    void kubelet.#follow(stream).catch((error) => {
      if (!kubelet.#ending.signal.aborted) throw error;
    });
    return kubelet;
  }

  async #follow(stream) {
    for await (const { type, object } of watchEvents(stream)) {
      const { name } = object.metadata;
      if (type === "ADDED") {
        const at = performance.now();
        await this.#status(name, "Running", { running: {} });
        of(this.#created, name).resolve(at);
      } else if (object.status?.phase === "Succeeded") of(this.#ended, name).resolve(performance.now());
    }
  }

  /** When the pod was seen to be created. */
  begins(name) {
    return of(this.#created, name).promise;
  }

  endOf(name) {
    return of(this.#ended, name).promise;
  }

  /** Ends a pod; when that began. */
  async ends(name) {
    const at = performance.now();
    await this.#status(name, "Succeeded", { terminated: { exitCode: 0, reason: "Completed" } });
    return at;
  }

  async create(name) {
    const spec = { containers: [{ name, image: "bench" }], restartPolicy: "Never" };
    await this.#client.call("POST", collection, { body: { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec } });
  }

  async #status(name, phase, state) {
    const status = { phase, containerStatuses: [{ name, state, image: "i", imageID: "", ready: false, restartCount: 0 }] };
    await this.#client.call("PATCH", `${collection}/${name}/status`, { body: { status }, contentType: "application/merge-patch+json" });
  }

  async close() {
    this.#ending.abort();
    await this.#client.close();
  }
}

function of(promises, name) {
  if (!promises.has(name)) promises.set(name, Promise.withResolvers());
  return promises.get(name);
}
