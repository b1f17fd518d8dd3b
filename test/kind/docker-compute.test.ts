import { readdir, readFile, writeFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { freePortBase } from "../support/free-port-base.ts";
import { expectEchoed, failingContainers } from "../support/raw-containers.ts";
import { type Endpoints, type Home, testPython } from "../support/test-sandbox.ts";
import { docker, dockerState, kindHome } from "./kind-home.ts";

const name = `c${process.pid}`;
const workspace = path.join(import.meta.dirname, "workspace");
const { flytekitImage } = inject("kind");

interface Execution {
  readonly phase: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly error: { readonly message: string; readonly code: string } | null;
}

let home: Home;
let base: number;
let endpoints: Endpoints;
let before: ReturnType<typeof dockerState>;

const start = (...flags: readonly string[]): Promise<Endpoints> =>
  home.data<Endpoints>("sandbox", "start", "--backend", "embedded", "--compute", "docker", "--name", name, ...flags);

beforeAll(async () => {
  before = dockerState(name);
  home = await kindHome();
  base = await freePortBase();
  endpoints = await start("--port-base", String(base));
  home.env["FLYTECTL_CONFIG"] = endpoints.config;
  home.env["RAW_IMAGE"] = flytekitImage;
});
afterAll(() => home?.[Symbol.asyncDispose]());

/** Containers of the sandbox, running or not: id and attempt. */
function containers(): readonly { readonly id: string; readonly attempt: string }[] {
  const format = '{{.ID}} {{.Label "flyte.dev/attempt"}}';
  const listed = docker("ps", "--all", "--no-trunc", "--filter", `label=flyte.dev/sandbox=${name}`, "--format", format);
  return listed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [id = "", attempt = ""] = line.split(" ");
      return { id, attempt };
    });
}

const containersOf = (execution: string): readonly string[] =>
  containers()
    .filter(({ attempt }) => attempt.startsWith(execution))
    .map(({ id }) => id);

/** Starts a workflow by the real client, with its code registered by it; the execution's name. */
async function run(file: string, workflow: string, inputs: readonly string[] = [], image = flytekitImage): Promise<string> {
  const ran = await home.run("pyflyte", ["run", "--remote", "--image", image, file, workflow, ...inputs], { cwd: workspace });
  const found = /executions\/(\w+)/.exec(ran.stdout)?.[1];
  if (ran.code !== 0 || found === undefined) throw new Error(`pyflyte run ${workflow} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
  return found;
}

const urnOf = (execution: string): string => `ex:flytesnacks:development:${execution}`;

async function ended(execution: string): Promise<Execution> {
  await home.flyte("watch", urnOf(execution));
  return home.data<Execution>("get", "execution", urnOf(execution));
}

async function runningContainer(execution: string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const [id] = containersOf(execution);
    if (id !== undefined && docker("inspect", "--format", "{{.State.Running}}", id) === "true") return id;
    await sleep(200);
  }
  throw new Error(`no container of ${execution} runs`);
}

async function killDaemon(): Promise<void> {
  const { items } = await home.data<{ readonly items: readonly { readonly endpoints: Endpoints }[] }>("sandbox", "status", "--all");
  const pid = items[0]?.endpoints.pid;
  if (pid === undefined) throw new Error("no daemon runs");
  process.kill(pid, "SIGKILL");
  while (isAlive(pid)) await sleep(20);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The status that an address answers with; undefined where nobody listens. */
function answerOf(address: string, port: number, headers: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = http.get({ host: address, port, path: "/api/v1/projects", headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", () => resolve(undefined));
  });
}

test("pyflyte run --remote has its code run in containers, a file going from one to the next", async () => {
  const execution = await run("pods.py", "passes", ["--text", "hello"]);
  expect(await ended(execution)).toMatchObject({
    phase: "SUCCEEDED",
    outputs: { o0: expect.stringMatching(/^hello in [0-9a-f]{12}$/) },
  });
  expect(containersOf(execution)).toEqual([]);
});

test("a map's elements are containers, and none is left", async () => {
  const execution = await run("containers.py", "mapping");
  expect(await ended(execution)).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 20 } });
  expect(containersOf(execution)).toEqual([]);
});

test("a container is limited, labelled, and told keys of its own, which open its own door alone", async () => {
  const execution = await run("pods.py", "sleeping", ["--seconds", "600"]);
  const id = await runningContainer(execution);
  const [found] = JSON.parse(docker("inspect", id)) as readonly {
    readonly Config: { readonly Env: readonly string[]; readonly Labels: Readonly<Record<string, string>> };
    readonly HostConfig: { readonly Memory: number; readonly NanoCpus: number; readonly Privileged: boolean; readonly Binds: unknown };
  }[];
  expect(found?.HostConfig).toMatchObject({ Memory: 300 * 2 ** 20, NanoCpus: 2e9, Privileged: false, Binds: null });
  expect(found?.Config.Labels).toMatchObject({
    "app.kubernetes.io/managed-by": "flyte",
    "flyte.dev/sandbox": name,
    "execution-id": execution,
    project: "flytesnacks",
    domain: "development",
    "node-id": "n0",
  });
  const env = Object.fromEntries((found?.Config.Env ?? []).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  const gateway = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}");
  expect(env["FLYTE_AWS_ENDPOINT"]).toBe(`http://${gateway}:${base + 3}`);
  expect(env["FLYTE_PLATFORM_URL"]).toBe(`${gateway}:${base + 79}`);
  expect(env["FLYTE_AWS_ACCESS_KEY_ID"]).not.toBe(endpoints.blob.accessKey);
  // Each pair of keys at each door.
  const lists = async (endpoint: string, accessKey = "", secretKey = ""): Promise<string> => {
    const program =
      "import boto3,sys,botocore\n" +
      "e,a,s=sys.argv[1:]\n" +
      "c=boto3.client('s3',endpoint_url=e,aws_access_key_id=a,aws_secret_access_key=s,region_name='us-east-1')\n" +
      "try: print(c.list_objects_v2(Bucket='my-s3-bucket')['KeyCount'] > 0)\n" +
      "except botocore.exceptions.ClientError as x: print(x.response['Error']['Code'])";
    return (await home.run("python", ["-c", program, endpoint, accessKey, secretKey])).stdout.trim();
  };
  const own = [env["FLYTE_AWS_ACCESS_KEY_ID"], env["FLYTE_AWS_SECRET_ACCESS_KEY"]] as const;
  const users = [endpoints.blob.accessKey, endpoints.blob.secretKey] as const;
  expect(await lists(env["FLYTE_AWS_ENDPOINT"] ?? "", ...own)).toBe("True");
  expect(await lists(endpoints.blob.endpoint, ...users)).toBe("True");
  expect(await lists(env["FLYTE_AWS_ENDPOINT"] ?? "", ...users)).toBe("InvalidAccessKeyId");
  expect(await lists(endpoints.blob.endpoint, ...own)).toBe("InvalidAccessKeyId");
  // What is for containers listens nowhere else, and to its own name alone.
  expect(await answerOf("127.0.0.1", base + 79)).toBeUndefined();
  expect(await answerOf("127.0.0.1", base + 3)).toBeUndefined();
  expect(await answerOf(gateway, base + 80)).toBeUndefined();
  expect(await answerOf(gateway, base + 79)).toBe(200);
  expect(await answerOf(gateway, base + 79, { host: "evil.example" })).toBe(403);
  expect(await answerOf(gateway, base + 79, { origin: "http://evil.example" })).toBe(403);
  // Aborting leaves nothing.
  const terminated = await home.flyte("terminate", urnOf(execution), "--cause", "enough seen");
  expect(terminated.code, terminated.stderr).toBe(0);
  expect(await ended(execution)).toMatchObject({ phase: "ABORTED" });
  for (let tries = 0; containersOf(execution).length > 0 && tries < 300; tries++) await sleep(100);
  expect(containersOf(execution)).toEqual([]);
});

test("a URL that is signed for a container works there; secrets are variables and files", async () => {
  await writeFile(path.join(path.dirname(endpoints.config), "secrets.yaml"), "team:\n  word: sesame\n  document: open\n");
  const [sending, telling] = await Promise.all([run("containers.py", "sending"), run("containers.py", "telling")]);
  expect(await ended(sending)).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: expect.stringMatching(`^hello by .+:${base + 3}$`) } });
  expect(await ended(telling)).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: "sesame open" } });
});

test("a task that fails says why, one that takes too much memory too, and logs are kept", async () => {
  const [failing, eating] = await Promise.all([run("pods.py", "failing"), run("pods.py", "eating")]);
  expect((await ended(failing)).error?.message).toContain("ValueError: 5 is too big");
  expect((await home.flyte("logs", urnOf(failing))).stdout).toContain("5 is too big");
  const { error } = await ended(eating);
  expect(error?.code).toContain("OOMKilled");
  expect(error?.message).toContain("Reason [OOMKilled]");
});

test("a container that knows nothing of Flyte has its inputs as files, leaves its outputs as files, and fails as one on a cluster does", async () => {
  const echoing = await run("raw.py", "echoing", ["--took", "1h 1.5s"]);
  const failing = await Promise.all(failingContainers.map(async ([workflow]) => run("raw.py", workflow)));
  const keeping = await run("raw.py", "keeping");
  expect(await ended(echoing)).toMatchObject({ phase: "SUCCEEDED" });
  const read = await home.run(testPython(), [path.join(workspace, "read_outputs.py"), echoing]);
  expect(read.code, read.stderr).toBe(0);
  expectEchoed(read.stdout);
  for (const [index, [, code, message]] of failingContainers.entries()) {
    const { phase, error } = await ended(failing[index] ?? "");
    expect([phase, error?.code]).toEqual(["FAILED", `RetriesExhausted|${code}`]);
    expect(error?.message).toContain(message);
  }
  expect(await ended(keeping)).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 5 } });
  expect(await readdir(path.join(endpoints.dataDir, "container-data"))).toEqual([]);
});

test("while such a container runs, the daemon is killed; it ends while nobody is there, and its outputs are taken all the same", async () => {
  const execution = await run("raw.py", "slow");
  const container = await runningContainer(execution);
  await killDaemon();
  while (docker("inspect", "--format", "{{.State.Running}}", container) === "true") await sleep(200);
  await start();
  expect(await ended(execution)).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 1 } });
  expect(containersOf(execution)).toEqual([]);
});

test("a name that no image can have is refused by name", async () => {
  const { phase, error } = await ended(await run("pods.py", "failing", [], "local/Not-An-Image:1"));
  expect(phase).toBe("FAILED");
  expect(error?.code).toContain("InvalidImageName");
  expect(error?.message).toContain('couldn\'t parse image name "local/Not-An-Image:1"');
});

test("while a task runs, the daemon is killed: its container goes on, is taken up again, and succeeds", async () => {
  const execution = await run("pods.py", "sleeping", ["--seconds", "20"]);
  const container = await runningContainer(execution);
  await killDaemon();
  expect(docker("inspect", "--format", "{{.State.Running}}", container)).toBe("true");
  await start();
  expect(containersOf(execution)).toEqual([container]);
  expect(await ended(execution)).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: container.slice(0, 12) } });
  expect(containersOf(execution)).toEqual([]);
});

test("a task that ends while no daemon serves it the object store is tried again; a container that nobody knows is removed", async () => {
  const execution = await run("pods.py", "sleeping", ["--seconds", "2"]);
  const container = await runningContainer(execution);
  await killDaemon();
  while (docker("inspect", "--format", "{{.State.Running}}", container) === "true") await sleep(200);
  const labels = JSON.parse(docker("inspect", "--format", "{{json .Config.Labels}}", container)) as Readonly<Record<string, string>>;
  const own = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${key === "flyte.dev/attempt" ? "nobody" : value}`]);
  docker("run", "--detach", ...own, "--volume", "/scratch", flytekitImage, "sleep", "600");
  expect(containers()).toHaveLength(2);
  await start();
  // Its outputs had nowhere to go: another attempt made them.
  const { phase, outputs } = await ended(execution);
  expect([phase, outputs?.["o0"]]).toEqual(["SUCCEEDED", expect.not.stringContaining(container.slice(0, 12))]);
  for (let tries = 0; containers().length > 0 && tries < 100; tries++) await sleep(100);
  expect(containers()).toEqual([]);
});

test("other compute is refused while it runs, and kind refuses the choice", async () => {
  const other = await home.flyte("sandbox", "start", "--name", name, "--compute", "local");
  expect(other.code).not.toBe(0);
  expect(other.stderr).toContain(`"${name}" runs already, with tasks as containers, and --compute asks for local`);
  const kind = await home.flyte("sandbox", "start", "--name", `${name}-k`, "--backend", "kind", "--compute", "docker");
  expect(kind.code).not.toBe(0);
  expect(kind.stderr).toContain("--compute docker is for the embedded backend");
  const status = await home.flyte("sandbox", "status", "--name", name);
  expect(status.stdout).toMatch(/^tasks: +containers of Docker \d+/m);
});

test("stopping after the daemon was killed ends what it left; Docker is as it was before", async () => {
  const execution = await run("pods.py", "sleeping", ["--seconds", "600"]);
  await runningContainer(execution);
  await killDaemon();
  expect((await home.flyte("sandbox", "stop", "--name", name)).code).toBe(0);
  expect(containers()).toEqual([]);
  // Another compute goes on with the same data.
  const local = await home.data<Endpoints>("sandbox", "start", "--name", name, "--compute", "local");
  expect(local).not.toHaveProperty("docker");
  await home.flyte("terminate", urnOf(execution));
  const logs = await readdir(path.join(endpoints.dataDir, "compute", "attempts"));
  expect(logs.some((attempt) => attempt.startsWith(execution))).toBe(true);
  expect(await readFile(path.join(endpoints.dataDir, "compute", "task-keys.json"), "utf8")).toContain("tasks-");
  expect((await home.flyte("sandbox", "stop", "--name", name, "--delete-data")).code).toBe(0);
  expect(dockerState(name)).toEqual(before);
});
