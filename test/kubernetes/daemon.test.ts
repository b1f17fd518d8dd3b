import { afterAll, beforeAll, expect, test } from "vitest";
import { type AdminClient, adminClient } from "../../src/client/admin-client.ts";
import { connect } from "../../src/client/connect.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { executionPhaseOf } from "../../src/idl/phases.ts";
import type { Pod } from "../../src/ports/kubernetes-objects.ts";
import { launchJudged, registerJudged } from "../postgres/split-entities.ts";
import { TestApiServer } from "../support/api-server.ts";
import { patchStatus, until } from "./open-cluster.ts";
import { PodHost } from "./pod-host.ts";

const namespace = "flytesnacks-development";
let server: TestApiServer;
let host: PodHost;
let admin: AdminClient;
let close: () => Promise<void>;

beforeAll(async () => {
  server = await TestApiServer.start();
  await server.namespace(namespace);
  host = await PodHost.make(server.kubeconfig());
  await host.start();
  const client = connect({ endpoint: host.admin, insecure: true });
  close = () => client.close();
  admin = adminClient(client);
  // What its tasks would run does not matter: the test is the kubelet.
  await registerJudged(admin, "nowhere", 0);
});
afterAll(async () => {
  await close?.();
  await host?.[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function pods(execution: string): Promise<readonly Pod[]> {
  const { body } = await server.call("GET", `/api/v1/namespaces/${namespace}/pods?labelSelector=execution-id%3D${execution}`);
  return (body as { readonly items: readonly Pod[] }).items;
}

const named = (execution: string, name: string): Promise<Pod> =>
  until(`pod ${name}\n${host.log().slice(-2000)}`, async () => (await pods(execution)).find(({ metadata }) => metadata.name === name));

/** Of a container that bears its pod's name. */
const state = (name: string, containerState: object, phase = "Running") => ({
  phase,
  containerStatuses: [{ name, state: containerState, image: "i", imageID: "", ready: false, restartCount: 0 }],
});
const succeed = (name: string) => patchStatus(server, namespace, name, state(name, { terminated: { exitCode: 0, reason: "Completed" } }));

async function phaseOf(name: string): Promise<string | undefined> {
  const execution = await admin.getExecution({ id: { project: "flytesnacks", domain: "development", name } });
  return executionPhaseOf(execution.closure?.phase);
}
const ends = (name: string, phase: string) =>
  until(`${name} ${phase}\n${host.log().slice(-2000)}`, async () => (await phaseOf(name)) === phase);

test("a workflow runs in pods, and leaves none", async () => {
  await launchJudged(admin, "chain", "plain");
  for (const name of ["plain-n0-0", "plain-n1-0", "plain-n2-0"]) {
    expect((await named("plain", name)).metadata).toMatchObject({ namespace, finalizers: ["flyte.org/finalizer-k8s"] });
    await patchStatus(server, namespace, name, state(name, { running: {} }));
    await succeed(name);
  }
  await ends("plain", "SUCCEEDED");
  await until("no pod is left", async () => (await pods("plain")).length === 0);
});

test("an attempt's events link to its log, which is there as long as its pod is", async () => {
  await launchJudged(admin, "chain", "logged");
  const pod = "logged-n0-0";
  await named("logged", pod);
  await patchStatus(server, namespace, pod, state(pod, { running: {} }));
  const node = { executionId: { project: "flytesnacks", domain: "development", name: "logged" }, nodeId: "n0" };
  const link = await until("a link", async () => {
    const { taskExecutions } = await admin.listTaskExecutions({ nodeExecutionId: node, limit: 1 });
    return taskExecutions[0]?.closure?.logs?.[0];
  });
  expect(link).toMatchObject({ name: "Logs (User)", uri: `http://${host.admin}/logs/flytesnacks/development/${pod}` });
  const uri = link.uri ?? "";
  // There is no kubelet: nothing was written. What is written is test/integration/host's.
  const answer = await fetch(uri);
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
  const foreign = await fetch(uri, { headers: { origin: "https://evil.example" } });
  expect(foreign.status).toBe(403);
  await admin.terminateExecution({ id: node.executionId, cause: "seen" });
  await until("no pod is left", async () => (await pods("logged")).length === 0);
  const gone = await until("its log is gone", async () => {
    const asked = await fetch(uri);
    return asked.status !== 200 && asked;
  });
  expect(gone.status).toBe(410);
  expect(await gone.text()).toContain(`pod ${pod} is gone, and its log with it`);
});

test("an execution's labels, annotations, variables and service account are its pods'", async () => {
  const spec = {
    launchPlan: {
      resourceType: flyteidl.core.ResourceType.LAUNCH_PLAN,
      project: "flytesnacks",
      domain: "development",
      name: "chain",
      version: "v1",
    },
    metadata: { mode: flyteidl.admin.ExecutionMetadata.ExecutionMode.MANUAL },
    labels: { values: { team: "x", project: "not-this" } },
    annotations: { values: { note: "n" } },
    envs: { values: [{ key: "EXTRA", value: "1" }] },
    securityContext: { runAs: { k8sServiceAccount: "runner" } },
  };
  await admin.createExecution({ project: "flytesnacks", domain: "development", name: "labelled", spec, inputs: { literals: {} } });
  const pod = await named("labelled", "labelled-n0-0");
  expect(pod.metadata).toMatchObject({
    labels: {
      team: "x",
      project: "flytesnacks",
      domain: "development",
      "execution-id": "labelled",
      "node-id": "n0",
      "task-name": "chain-first",
    },
    annotations: { note: "n", primary_container_name: "labelled-n0-0" },
  });
  expect(pod.spec.serviceAccountName).toBe("runner");
  expect(pod.spec.containers[0]?.env).toContainEqual({ name: "EXTRA", value: "1" });
  await admin.terminateExecution({ id: { project: "flytesnacks", domain: "development", name: "labelled" }, cause: "seen" });
  await until("no pod is left", async () => (await pods("labelled")).length === 0);
});

test("a daemon killed in the middle takes its pods up again: one that runs, and one that ended meanwhile", async () => {
  await Promise.all([launchJudged(admin, "chain", "ran"), launchJudged(admin, "chain", "meanwhile")]);
  const before = await Promise.all([named("ran", "ran-n0-0"), named("meanwhile", "meanwhile-n0-0")]);
  await patchStatus(server, namespace, "ran-n0-0", state("ran-n0-0", { running: {} }));
  await host.end("SIGKILL");
  await succeed("meanwhile-n0-0");
  await host.start();
  await named("meanwhile", "meanwhile-n1-0");
  expect((await pods("ran")).map(({ metadata }) => metadata.uid)).toEqual([before[0].metadata.uid]);
  await succeed("ran-n0-0");
  await named("ran", "ran-n1-0");
  for (const name of ["ran", "meanwhile"]) {
    for (const node of ["n1", "n2"]) {
      await named(name, `${name}-${node}-0`);
      await succeed(`${name}-${node}-0`);
    }
    await ends(name, "SUCCEEDED");
  }
  await until("no pod is left", async () => (await pods("ran")).length + (await pods("meanwhile")).length === 0);
});

test("a termination deletes the pod that runs", async () => {
  await launchJudged(admin, "chain", "stopped");
  await named("stopped", "stopped-n0-0");
  await patchStatus(server, namespace, "stopped-n0-0", state("stopped-n0-0", { running: {} }));
  await admin.terminateExecution({ id: { project: "flytesnacks", domain: "development", name: "stopped" }, cause: "enough" });
  await ends("stopped", "ABORTED");
  await until("no pod is left", async () => (await pods("stopped")).length === 0);
});

test("a failure is the execution's, in Flyte's words, and leaves no pod", async () => {
  await launchJudged(admin, "chain", "broken");
  await named("broken", "broken-n0-0");
  await patchStatus(
    server,
    namespace,
    "broken-n0-0",
    state("broken-n0-0", { terminated: { exitCode: 3, reason: "Error", message: "no such file" } }),
  );
  await ends("broken", "FAILED");
  const execution = await admin.getExecution({ id: { project: "flytesnacks", domain: "development", name: "broken" } });
  expect(execution.closure?.error?.message).toContain(
    "[broken-n0-0] terminated with exit code (3). Reason [Error]. Message: \nno such file.",
  );
  await until("no pod is left", async () => (await pods("broken")).length === 0);
});

test("while the API server is away nothing fails: the workflow goes on once it is back", async () => {
  await launchJudged(admin, "chain", "away");
  await named("away", "away-n0-0");
  await patchStatus(server, namespace, "away-n0-0", state("away-n0-0", { running: {} }));
  await server.down();
  await launchJudged(admin, "chain", "later");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await phaseOf("away")).toBe("RUNNING");
  await server.up();
  for (const name of ["away", "later"]) {
    for (const node of ["n0", "n1", "n2"]) {
      await named(name, `${name}-${node}-0`);
      await succeed(`${name}-${node}-0`);
    }
    await ends(name, "SUCCEEDED");
  }
  await until("no pod is left", async () => (await pods("away")).length + (await pods("later")).length === 0);
});
