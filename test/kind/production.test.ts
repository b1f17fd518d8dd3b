import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { stringify } from "yaml";
import { freePort } from "../support/free-port.ts";
import { KindCluster } from "../support/kind-cluster.ts";
import type { Home } from "../support/test-sandbox.ts";
import { docker, kindHome } from "./kind-home.ts";

const manifests = path.join(import.meta.dirname, "../../manifests");
const workspace = path.join(import.meta.dirname, "workspace");
const { flytekitImage, postgresImage, minioImage } = inject("kind");
const engineImage = inject("engineImage");
const forwards: ChildProcess[] = [];

const name = `flyte-prod-${process.pid}`;

let home: Home;
let cluster: KindCluster;
let objectsPort: number;

/** `[registry/]name:tag` as kustomize takes it. */
function imageOf(name: string, image: string): object {
  const colon = image.lastIndexOf(":");
  return { name, newName: image.slice(0, colon), newTag: image.slice(colon + 1) };
}

/** A port of this machine that is one of a pod or service, until the tests end. */
async function forward(what: string, port: number, namespace: string, local?: number): Promise<number> {
  const own = local ?? (await freePort());
  const child = cluster.begin("kubectl", ["port-forward", "--namespace", namespace, what, `${own}:${port}`]);
  forwards.push(child);
  await once(child.stdout, "data");
  return own;
}

async function podsOf(component: string, namespace = "flyte"): Promise<readonly string[]> {
  const selector = `app.kubernetes.io/name=${component}`;
  const listed = await cluster.kubectl("get", "pods", "--namespace", namespace, "--selector", selector, "--output", "name");
  return listed.trim().split("\n");
}

/** Clients in `home` speak to this pod of admin. */
async function speakTo(admin: string): Promise<void> {
  const port = await forward(admin, 8080, "flyte");
  const file = path.join(home.directory, `${path.basename(admin)}.yaml`);
  await writeFile(file, stringify({ admin: { endpoint: `dns:///localhost:${port}`, insecure: true } }));
  home.env["FLYTECTL_CONFIG"] = file;
}

beforeAll(async () => {
  home = await kindHome();
  cluster = await KindCluster.create(name, engineImage, flytekitImage, postgresImage, minioImage);
  objectsPort = await freePort();
  const copy = path.join(home.directory, "manifests");
  await cp(manifests, copy, { recursive: true });
  // What production has elsewhere.
  const stores = path.join(copy, "overlays/stores");
  await mkdir(stores);
  await writeFile(
    path.join(stores, "kustomization.yaml"),
    stringify({
      namespace: "stores",
      resources: ["../../dependencies/postgres", "../../dependencies/minio"],
      images: [imageOf("postgres", postgresImage), imageOf("minio", minioImage)],
    }),
  );
  const own = path.join(copy, "overlays/own");
  await mkdir(own);
  const roles = ["admin", "propeller", "datacatalog", "scheduler"];
  for (const role of roles) {
    const text = await readFile(path.join(copy, `overlays/production/${role}.yaml`), "utf8");
    const addressed = text
      .replaceAll("https://s3.us-east-1.amazonaws.com", "http://minio.stores.svc.cluster.local:9000")
      .replace(/( +)accessKey/, `$1clientEndpoint: http://localhost:${objectsPort}\n$1accessKey`);
    await writeFile(path.join(own, `${role}.yaml`), addressed);
  }
  await writeFile(
    path.join(own, "kustomization.yaml"),
    stringify({
      resources: ["../production"],
      images: [imageOf("flyte-engine", engineImage)],
      configMapGenerator: roles.map((role) => ({
        name: `flyte-${role}`,
        namespace: "flyte",
        behavior: "merge",
        files: [`flyte.yaml=${role}.yaml`],
      })),
    }),
  );
  for (const namespace of ["stores", "flyte", "flytesnacks-development"]) await cluster.kubectl("create", "namespace", namespace);
  await cluster.kubectl("apply", "--kustomize", stores);
  const secret = async (name: string, values: Readonly<Record<string, string>>): Promise<void> => {
    const literals = Object.entries(values).map(([key, value]) => `--from-literal=${key}=${value}`);
    await cluster.kubectl("create", "secret", "generic", name, "--namespace", "flyte", ...literals);
  };
  await secret("flyte-database", { url: "postgres://postgres:postgres@postgres.stores:5432/flyte" });
  await secret("flyte-objects", { accessKey: "minio", secretKey: "miniostorage" });
  // The database is not there yet: each role waits for it.
  await cluster.kubectl("apply", "--server-side", "--kustomize", own);
  const rolledOut = (namespace: string, deployment: string): Promise<string> =>
    cluster.kubectl("rollout", "status", "--namespace", namespace, `deployment/${deployment}`, "--timeout=240s");
  await Promise.all([
    ...["postgres", "minio"].map((store) => rolledOut("stores", store)),
    ...["flyteadmin", "flytepropeller", "datacatalog", "flytescheduler"].map((role) => rolledOut("flyte", role)),
  ]);
  await forward("service/minio", 9000, "stores", objectsPort);
}, 900_000);

async function endForwards(): Promise<void> {
  for (const child of forwards) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill();
    await once(child, "close");
  }
}

afterAll(async () => {
  await endForwards();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

async function run(workflow: string, ...inputs: readonly string[]): Promise<string> {
  const ran = await home.run("pyflyte", ["run", "--remote", "--image", flytekitImage, "pods.py", workflow, ...inputs], { cwd: workspace });
  const found = /executions\/(\w+)/.exec(ran.stdout)?.[1];
  if (ran.code !== 0 || found === undefined) throw new Error(`pyflyte ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
  return found;
}

test("the tests' cluster runs a pod that resolves names and reaches the API server", async () => {
  const script = [
    "getent hosts kubernetes.default.svc.cluster.local",
    "bash -c '</dev/tcp/kubernetes.default/443 && echo the API server answers'",
  ].join(" && ");
  const flags = [`--image=${postgresImage}`, "--restart=Never", "--image-pull-policy=Never"];
  await cluster.kubectl("run", "hello", ...flags, "--command", "--", "sh", "-c", script);
  await cluster.kubectl("wait", "pod/hello", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s");
  const log = await cluster.kubectl("logs", "hello");
  expect(log).toMatch(/^10[.]96[.]0[.]1\s+kubernetes[.]default[.]svc[.]cluster[.]local\s/);
  expect(log).toContain("the API server answers");
});

test("no role of the engine has been restarted: each has waited for its database", async () => {
  const restarts = await cluster.kubectl(
    "get",
    "pods",
    "--namespace",
    "flyte",
    "--output",
    "jsonpath={.items[*].status.containerStatuses[*].restartCount}",
  );
  // Two of each of four roles.
  expect(restarts).toBe("0 0 0 0 0 0 0 0");
});

test("two admins and two propellers: one of each is killed while a task runs, and the others go on with the same pod", async () => {
  const [admins, propellers] = [await podsOf("flyteadmin"), await podsOf("flytepropeller")];
  expect([admins.length, propellers.length]).toEqual([2, 2]);
  const [first = "", second = ""] = admins;
  await speakTo(first);
  const sleeping = await run("sleeping", "--seconds", "45");
  const place = ["--namespace", "flytesnacks-development", "--selector", `execution-id=${sleeping}`];
  await cluster.kubectl("wait", "pod", ...place, "--for=jsonpath={.status.phase}=Running", "--timeout=120s");
  const pod = await cluster.kubectl("get", "pods", ...place, "--output", "jsonpath={.items[*].metadata.uid}");
  // Both propellers in turn: whichever has the workflow is among them.
  for (const propeller of propellers) {
    await cluster.kubectl("delete", propeller, "--namespace", "flyte", "--force", "--grace-period=0");
    await cluster.kubectl("rollout", "status", "--namespace", "flyte", "deployment/flytepropeller", "--timeout=120s");
  }
  await cluster.kubectl("delete", first, "--namespace", "flyte", "--force", "--grace-period=0");
  await speakTo(second);
  await home.flyte("watch", sleeping);
  const { phase, outputs } = await home.data<{ phase: string; outputs: { o0: string } }>("get", "execution", sleeping);
  expect({ phase, outputs }).toEqual({ phase: "SUCCEEDED", outputs: { o0: `${sleeping}-n0-0` } });
  expect(await cluster.kubectl("get", "pods", ...place, "--output", "jsonpath={.items[*].metadata.uid}")).toBe(pod);
  const passing = await run("passes", "--text", "hello");
  await home.flyte("watch", passing);
  expect(await home.data("get", "execution", passing)).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: `hello in ${passing}-n1-0` } });
});

test("the tests' cluster leaves nothing", async () => {
  const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");
  const nodes = (): readonly string[] => lines(docker("ps", "--all", "--quiet", "--filter", `label=io.x-k8s.kind.cluster=${name}`));
  const before = nodes();
  expect(before).toHaveLength(1);
  const volumes = lines(docker("inspect", "--format", '{{range .Mounts}}{{.Name}}{{"\\n"}}{{end}}', ...before));
  expect(volumes.length).toBeGreaterThan(0);
  const { kubeconfig } = cluster;
  expect(readFileSync(kubeconfig, "utf8")).toContain(`kind-${name}`);
  await endForwards();
  await cluster[Symbol.asyncDispose]();
  expect(nodes()).toEqual([]);
  expect(lines(docker("volume", "ls", "--quiet")).filter((volume) => volumes.includes(volume))).toEqual([]);
  expect(lines(docker("network", "ls", "--format", "{{.Name}}")).filter((network) => network === name)).toEqual([]);
  expect(existsSync(kubeconfig)).toBe(false);
});
