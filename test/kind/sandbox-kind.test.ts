import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePortBase } from "../support/free-port-base.ts";
import type { Endpoints, Home } from "../support/test-sandbox.ts";
import { emptyImage } from "./empty-image.ts";
import { docker, dockerState, imageFlags, kindHome, loadArchive, testImages } from "./kind-home.ts";

const name = `t${process.pid}`;
const named = ["--name", name];
const node = `flyte-${name}-control-plane`;
const images = testImages();
const start = ["sandbox", "start", "--backend", "kind", ...named, ...imageFlags(images), "--registry-image", images.registry];

/** What was pushed to the registry. */
async function pushed(): Promise<unknown> {
  return await (await fetch(`http://127.0.0.1:${base}/v2/_catalog`)).json();
}

interface KindEndpoints extends Endpoints {
  readonly backend: string;
  readonly postgres: object;
  readonly kubeconfig: string;
}

let home: Home;
let base: number;
let before: ReturnType<typeof dockerState>;

const sandboxDirectory = (): string => path.join(home.directory, ".flyte", "sandboxes", name);
/** What a project's list has, by name. */
async function projects(): Promise<readonly string[]> {
  const { items } = await home.data<{ items: { id: string }[] }>("get", "project", `--sandbox=${name}`);
  return items.map(({ id }) => id).sort();
}
async function createProject(id: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${base + 80}/api/v1/projects`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ project: { id, name: id } }),
  });
  expect(answer.status).toBe(200);
}

beforeAll(async () => {
  before = dockerState(name);
  home = await kindHome();
  base = await freePortBase();
});

afterAll(async () => {
  await home[Symbol.asyncDispose]();
  expect(dockerState(name)).toEqual(before);
});

test("an image that is missing is named with the command for it, and nothing is made", async () => {
  const flags = imageFlags({ ...images, postgres: "nowhere.invalid/postgres:0", engine: "no-such-engine:0" });
  const ran = await home.flyte("sandbox", "start", "--backend", "kind", ...named, ...flags, "--port-base", String(base), "--json");
  expect(ran.code).toBe(3);
  const { error } = JSON.parse(ran.stdout) as { error: { code: string; message: string; hint: string; details: object } };
  expect(error).toMatchObject({ code: "SANDBOX_IMAGES_MISSING", details: { step: "images" } });
  expect(error.message).toContain("step images failed: the Docker engine lacks 2 images");
  expect(error.message).toContain(
    "no-such-engine:0: it is made on this machine, and has not been\n    flyte sandbox build-image, or name another with --engine-image",
  );
  expect(error.message).toContain("nowhere.invalid/postgres:0: it cannot be pulled: ");
  expect(error.hint).toBe("run: flyte sandbox build-image && docker pull nowhere.invalid/postgres:0");
  expect(existsSync(sandboxDirectory())).toBe(false);
  expect(dockerState(name)).toEqual(before);
});

test("an image for another machine is named, and nothing is made", async () => {
  const image = `flyte-test-foreign-engine:${process.pid}`;
  loadArchive(await emptyImage(image, "s390x"));
  try {
    const flags = imageFlags({ ...images, engine: image });
    const ran = await home.flyte("sandbox", "start", "--backend", "kind", ...named, ...flags, "--port-base", String(base), "--json");
    expect(ran.code).toBe(2);
    const { error } = JSON.parse(ran.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe("SANDBOX_IMAGE_ARCHITECTURE");
    expect(error.message).toMatch(
      /^step images failed: the Docker engine runs linux\/\w+; flyte-test-foreign-engine:\d+ is for linux\/s390x$/,
    );
    expect(existsSync(sandboxDirectory())).toBe(false);
    expect(dockerState(name)).toEqual(before);
  } finally {
    docker("image", "rm", image);
  }
});

test("without kind it says how to get it", async () => {
  const env = {
    PATH: (home.env["PATH"] ?? "")
      .split(":")
      .filter((entry) => !existsSync(path.join(entry, "kind")))
      .join(":"),
  };
  const ran = await home.run("flyte", start, { env });
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain("step preflight failed: there is no kind on PATH\nhint: get it with: go install sigs.k8s.io/kind@latest");
});

test("without a Docker engine it says where it looked", async () => {
  const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const ran = await home.run("flyte", start, { env });
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain("unix:///nowhere/docker.sock (DOCKER_HOST): connect ENOENT");
});

test("a cluster of that name which is not ours is not touched", async () => {
  const stranger = docker(
    "create",
    "--label",
    `io.x-k8s.kind.cluster=flyte-${name}`,
    "--label",
    "io.x-k8s.kind.role=control-plane",
    images.minio,
  );
  try {
    const ran = await home.flyte(...start, "--json");
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, error: { code: "SANDBOX_CLUSTER_FOREIGN" } });
    expect(docker("ps", "--all", "--no-trunc", "--format", "{{.ID}}")).toContain(stranger);
  } finally {
    docker("rm", "--force", "--volumes", stranger);
  }
});

// kind's docker, Docker itself, or kind is at work by then, depending on the machine.
test.each([0, 300, 1500])("Ctrl-C %i ms after the cluster has begun takes back what was made", async (delay) => {
  const child = home.begin("flyte", [...start, "--port-base", String(base)]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    if (!stderr.includes("Preparing nodes") && (stderr + chunk).includes("Preparing nodes")) setTimeout(() => child.kill("SIGINT"), delay);
    stderr += chunk;
  });
  const code = await new Promise((resolve) => void child.once("close", resolve));
  expect(code, stderr).toBe(130);
  expect(dockerState(name)).toEqual(before);
  expect(existsSync(sandboxDirectory())).toBe(false);
});

test("it comes up, as lines of JSON tell, and answers as every sandbox does", async () => {
  const ran = await home.flyte(...start, "--port-base", String(base), "--json");
  expect(ran.code, ran.stderr + ran.stdout).toBe(0);
  const events = ran.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; step?: string; status?: string });
  const done = events.filter(({ status }) => status === "done").map(({ step }) => step);
  expect(done).toEqual(["preflight", "images", "cluster", "load", "postgres", "minio", "registry", "engine", "ready"]);
  const { data } = JSON.parse(ran.stdout) as { data: KindEndpoints };
  expect(data).toEqual({
    name,
    backend: "kind",
    admin: `localhost:${base + 80}`,
    console: `http://localhost:${base + 80}/console`,
    blob: { endpoint: `http://localhost:${base + 2}`, accessKey: "minio", secretKey: "miniostorage", bucket: "my-s3-bucket" },
    postgres: { endpoint: `localhost:${base + 1}`, user: "postgres", password: "postgres", database: "flyte" },
    registry: `localhost:${base}`,
    dataDir: path.join(sandboxDirectory(), "data"),
    config: path.join(sandboxDirectory(), "config.yaml"),
    kubeconfig: path.join(sandboxDirectory(), "kubeconfig"),
  });
  expect(await projects()).toEqual(["flytesnacks"]);
  // Both of admin's ports, and the object store's.
  expect((await fetch(`http://127.0.0.1:${base + 81}/healthz`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${base + 2}/minio/health/ready`)).status).toBe(200);
  expect(readdirSync(data.dataDir).sort()).toEqual(["flyte-kind.json", "minio", "postgres", "registry"]);
  expect(existsSync(path.join(home.directory, ".kube"))).toBe(false);
});

test("a second start is status; another backend or other ports are refused", async () => {
  const again = await home.flyte("sandbox", "start", ...named);
  expect(again.stderr).toContain("Backend kind (auto: as last time)");
  expect(again.stderr).toContain(`Already running on localhost:${base + 80}`);
  const refusal = async (...flags: string[]): Promise<unknown> =>
    (JSON.parse((await home.flyte("sandbox", "start", ...named, "--json", ...flags)).stdout) as { error: { code: string } }).error.code;
  expect(await refusal("--backend", "embedded")).toBe("SANDBOX_BACKEND_FIXED");
  expect(await refusal("--backend", "kind", "--port-base", String(base + 100))).toBe("SANDBOX_PORTS_FIXED");
});

test("everything in the cluster and in Docker carries our label", () => {
  const kubectl = (...args: string[]): string => docker("exec", node, "kubectl", ...args);
  const ours = ["--selector", `flyte.dev/sandbox=${name},app.kubernetes.io/managed-by=flyte`, "--output", "name"];
  const all = kubectl("get", "--namespace", "flyte", "deployments,services,configmaps,secrets,pods", "--output", "name").split("\n");
  const marked = kubectl("get", "--namespace", "flyte", "deployments,services,configmaps,secrets,pods", ...ours).split("\n");
  expect(all.filter((object) => !marked.includes(object) && object !== "configmap/kube-root-ca.crt")).toEqual([]);
  expect(kubectl("get", "nodes", "--selector", `flyte.dev/sandbox=${name}`, "--output", "name")).toBe(`node/${node}`);
  expect(docker("network", "ls", "--filter", `label=flyte.dev/sandbox=${name}`, "--format", "{{.Name}}")).toBe(`flyte-sandbox-${name}`);
});

test("kubeconfig, exec, load and logs", async () => {
  expect((await home.flyte("sandbox", "kubeconfig", ...named)).stdout).toBe(`${path.join(sandboxDirectory(), "kubeconfig")}\n`);
  const ran = await home.flyte("sandbox", "exec", ...named, "--", "sh", "-c", "hostname; echo told >&2; exit 7");
  expect(ran).toEqual({ code: 7, stdout: `${node}\n`, stderr: "told\n" });
  docker("tag", images.minio, "of-a-user/thing:v1");
  try {
    expect(await home.data("sandbox", "load", ...named, "of-a-user/thing:v1")).toMatchObject({ items: [{ image: "of-a-user/thing:v1" }] });
    expect(docker("exec", node, "crictl", "inspecti", "of-a-user/thing:v1")).toContain(
      docker("image", "inspect", "of-a-user/thing:v1", "--format", "{{.Id}}"),
    );
    expect(await home.data("sandbox", "load", ...named, "of-a-user/thing:v1")).toMatchObject({ items: [{ changed: false }] });
  } finally {
    docker("image", "rm", "of-a-user/thing:v1");
  }
  expect((await home.flyte("sandbox", "logs", ...named)).stdout).toContain('"message":"serving"');
});

test("a kubeconfig that leads elsewhere is named, and a start of what runs writes it anew", async () => {
  const file = path.join(sandboxDirectory(), "kubeconfig");
  const right = await readFile(file, "utf8");
  await writeFile(file, right.replace(/server: .*/, "server: https://127.0.0.1:1"));
  const asked = await home.flyte("sandbox", "logs", ...named);
  expect(asked.stderr).toContain(`${file} does not lead to the cluster of "${name}"`);
  const started = await home.flyte(...start);
  expect(started.code, started.stderr).toBe(0);
  expect(started.stdout + started.stderr).toContain(`${file} did not lead to the cluster any more and is written anew`);
  expect(await readFile(file, "utf8")).toBe(right);
  expect((await home.flyte("sandbox", "logs", ...named)).stdout).toContain('"message":"serving"');
});

test("an image that is pushed to the registry is a pod's under the same name", async () => {
  const image = `localhost:${base}/of-a-user/pushed:v1`;
  // Of other content than any that the node has.
  const container = docker("create", images.registry);
  docker("commit", "--change", "LABEL pushed=yes", container, image);
  docker("rm", container);
  try {
    docker("push", image);
  } finally {
    docker("image", "rm", image);
  }
  expect(await pushed()).toEqual({ repositories: ["of-a-user/pushed"] });
  const kubectl = (...args: string[]): string => docker("exec", node, "kubectl", ...args);
  const flags = [`--image=${image}`, "--restart=Never", "--image-pull-policy=Always"];
  kubectl("run", "pushed", ...flags, "--command", "--", "/bin/registry", "--version");
  kubectl("wait", "pod/pushed", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s");
  expect(kubectl("get", "pod", "pushed", "--output", "jsonpath={.status.containerStatuses[0].image}")).toBe(image);
  kubectl("delete", "pod", "pushed", "--wait=false");
});

test("reload takes a new engine image and keeps the data", async () => {
  await createProject("kept");
  const container = docker("create", images.engine);
  const changed = `flyte-test-reloaded:${process.pid}`;
  docker("commit", "--change", "LABEL changed=yes", container, changed);
  docker("rm", container);
  try {
    await home.data("sandbox", "reload", ...named, "--engine-image", changed);
    expect(
      docker(
        "exec",
        node,
        "kubectl",
        "get",
        "pods",
        "-n",
        "flyte",
        "-l",
        "app.kubernetes.io/name=flyte",
        "-o",
        "jsonpath={.items[*].spec.containers[0].image}",
      ),
    ).toBe(changed);
    expect(await projects()).toEqual(["flytesnacks", "kept"]);
    await home.data("sandbox", "reload", ...named, "--engine-image", images.engine);
  } finally {
    docker("image", "rm", "--force", changed);
  }
});

test("stop keeps the data; a node that is killed meanwhile is told of; an engine that cannot start is shown with its last words, and the node stopped again; the next start has the data", async () => {
  expect(await home.data("sandbox", "stop", ...named)).toMatchObject({ stopped: true, dataDeleted: false });
  expect(docker("inspect", node, "--format", "{{.State.Running}}")).toBe("false");
  expect(await home.data("sandbox", "status", ...named)).toMatchObject({ state: "stopped", endpoints: null });
  expect((await home.flyte("sandbox", "logs", ...named)).stderr).toContain(`the cluster of "${name}" does not run`);
  expect((await home.flyte("sandbox", "exec", ...named, "--", "true")).stderr).toContain(
    `hint: start it with: flyte sandbox start --name ${name}`,
  );
  const child = home.begin("flyte", ["sandbox", "start", ...named]);
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    const isNews = !told.includes("Starting the cluster's node");
    told += chunk;
    if (isNews && told.includes("Starting the cluster's node")) setTimeout(() => docker("kill", node), 1500);
  });
  expect(await new Promise((resolve) => void child.once("close", resolve)), told).toBe(3);
  expect(told).toContain("error: step cluster failed: the cluster's node has stopped meanwhile, with exit code 137");
  const ran = await home.flyte("sandbox", "start", ...named, "--engine-image", images.minio, "--timeout", "90");
  expect(ran.code).toBe(3);
  expect(ran.stderr).toMatch(/error: step engine failed: flyte does not run: container engine: \w+/);
  expect(docker("inspect", node, "--format", "{{.State.Running}}")).toBe("false");
  await home.data("sandbox", "start", ...named);
  expect(await home.data("sandbox", "status", ...named)).toMatchObject({ state: "running" });
  expect(await projects()).toEqual(["flytesnacks", "kept"]);
  expect(await pushed()).toEqual({ repositories: ["of-a-user/pushed"] });
});

test("a cluster that was deleted is made again around the same data", async () => {
  docker("rm", "--force", "--volumes", node);
  expect(await home.data("sandbox", "status", ...named)).toMatchObject({ state: "stopped" });
  await home.data("sandbox", "start", ...named);
  expect(await projects()).toEqual(["flytesnacks", "kept"]);
  expect(await pushed()).toEqual({ repositories: ["of-a-user/pushed"] });
});

test("commands of a cluster say so where there is none", async () => {
  const other = ["--name", "plain"];
  const plain = await freePortBase();
  await home.data("sandbox", "start", "--backend", "embedded", ...other, "--port-base", String(plain));
  for (const command of [
    ["exec", ...other, "--", "ls"],
    ["load", ...other, "x"],
    ["reload", ...other],
    ["kubeconfig", ...other],
  ]) {
    const ran = await home.flyte("sandbox", ...command);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`"plain" is on the embedded backend, a process of this machine: ${command[0]} needs a cluster`);
  }
  await home.data("sandbox", "stop", ...other, "--delete-data");
});

test("a project pins the backend in its configuration", async () => {
  const project = path.join(home.directory, "project");
  await mkdir(path.join(project, ".flyte"), { recursive: true });
  await writeFile(path.join(project, ".flyte/config.yaml"), "sandbox:\n  backend: embedded\n");
  const ran = await home.run("flyte", ["sandbox", "start", ...named], { cwd: project });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(`and ${path.join(project, ".flyte/config.yaml")} asks for embedded`);
});

test("stop --delete-data leaves nothing", async () => {
  expect(await home.data("sandbox", "stop", ...named, "--delete-data")).toMatchObject({ stopped: true, dataDeleted: true });
  expect(existsSync(sandboxDirectory())).toBe(false);
  expect(dockerState(name)).toEqual(before);
});
