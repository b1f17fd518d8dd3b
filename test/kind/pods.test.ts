import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { freePortBase } from "../support/free-port-base.ts";
import type { Home } from "../support/test-sandbox.ts";
import { docker, imageFlags, kindHome, testImages } from "./kind-home.ts";

const name = `p${process.pid}`;
const node = `flyte-${name}-control-plane`;
const workspace = path.join(import.meta.dirname, "workspace");
const { flytekitImage } = inject("kind");

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
  readonly status: { readonly phase: string };
}

interface Execution {
  readonly phase: string;
  readonly error: { readonly code: string; readonly message: string; readonly kind: string } | null;
}

let home: Home;
let base: number;

beforeAll(async () => {
  home = await kindHome();
  base = await freePortBase();
  const flags = ["--backend", "kind", "--name", name, "--port-base", String(base), ...imageFlags(testImages())];
  const { config } = await home.data<{ config: string }>("sandbox", "start", ...flags);
  home.env["FLYTECTL_CONFIG"] = config;
  await home.data("sandbox", "load", "--name", name, flytekitImage);
});
afterAll(() => home?.[Symbol.asyncDispose]());

function kubectl(...args: readonly string[]): string {
  return docker("exec", node, "kubectl", ...args);
}

function podsOf(execution: string, namespace = "flytesnacks-development"): readonly Pod[] {
  const listed = kubectl("get", "pods", "--namespace", namespace, "--selector", `execution-id=${execution}`, "--output", "json");
  return (JSON.parse(listed) as { readonly items: readonly Pod[] }).items;
}

/** Starts a workflow of pods.py, or of another file, by the real client, with its code registered by it; the execution's name. */
async function run(
  workflow: string,
  inputs: readonly string[],
  {
    image = flytekitImage,
    project = "flytesnacks",
    file = "pods.py",
  }: { readonly image?: string; readonly project?: string; readonly file?: string } = {},
): Promise<string> {
  const args = ["run", "--remote", "--image", image, "--project", project, file, workflow, ...inputs];
  const ran = await home.run("pyflyte", args, { cwd: workspace, env: { RAW_IMAGE: image } });
  const found = /executions\/(\w+)/.exec(ran.stdout)?.[1];
  if (ran.code !== 0 || found === undefined)
    throw new Error(`pyflyte ${args.join(" ")} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
  return found;
}

const urnOf = (execution: string, project = "flytesnacks"): string => `ex:${project}:development:${execution}`;

/** What became of it. */
async function ended(urn: string): Promise<Execution> {
  await home.flyte("watch", urn);
  return home.data<Execution>("get", "execution", urn);
}

async function runningPod(execution: string): Promise<Pod> {
  for (let tries = 0; tries < 600; tries++) {
    const pod = podsOf(execution).find(({ status }) => status.phase === "Running");
    if (pod) return pod;
    await sleep(200);
  }
  throw new Error(`no pod of ${execution} runs`);
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** Kills the pod of a part of the sandbox, and resolves when its successor is ready and the engine answers. */
async function killPod(component: string): Promise<void> {
  const where = ["--namespace", "flyte", "--selector", `app.kubernetes.io/name=${component}`];
  const ready = (): readonly string[] => {
    const { items } = JSON.parse(kubectl("get", "pods", ...where, "--output", "json")) as {
      readonly items: readonly (Pod & { readonly status: { readonly conditions?: readonly Condition[] } })[];
    };
    const isReady = ({ conditions = [] }: { readonly conditions?: readonly Condition[] }): boolean =>
      conditions.some(({ type, status }) => type === "Ready" && status === "True");
    return items.filter(({ status }) => isReady(status)).map(({ metadata }) => metadata.uid);
  };
  const before = ready();
  expect(before).toHaveLength(1);
  kubectl("delete", "pod", ...where, "--force", "--grace-period=0");
  for (let tries = 0; tries < 600; tries++) {
    const now = ready();
    // By a process of its own: fetch would take up the connection to the pod that was killed, where nobody answers.
    if (now.length === 1 && now[0] !== before[0] && (await home.flyte("get", "project")).code === 0) return;
    await sleep(200);
  }
  throw new Error(`${component} did not come back`);
}

test("pyflyte run --remote has its code run in pods, in the namespace of a project that is new", async () => {
  const made = await fetch(`http://127.0.0.1:${base + 80}/api/v1/projects`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ project: { id: "fresh", name: "fresh" } }),
  });
  expect(made.status).toBe(200);
  const execution = await run("passes", ["--text", "hello"], { project: "fresh" });
  expect(await ended(urnOf(execution, "fresh"))).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: `hello in ${execution}-n1-0` } });
  const namespace = JSON.parse(kubectl("get", "namespace", "fresh-development", "--output", "json")) as Pod;
  expect(namespace.metadata.labels).toMatchObject({ "app.kubernetes.io/managed-by": "flyte", "flyte.dev/sandbox": name });
});

test("a task that fails ends its execution with the program's own error", async () => {
  const execution = await run("failing", ["--x", "5"]);
  const { phase, error } = await ended(urnOf(execution));
  expect(phase).toBe("FAILED");
  expect(error?.message).toContain("ValueError: 5 is too big");
});

test("a task that takes more memory than it may have is told so", async () => {
  const { phase, error } = await ended(urnOf(await run("eating", ["--megabytes", "2000"])));
  expect(phase).toBe("FAILED");
  expect(error?.message).toContain("OOMKilled");
});

test("an image that cannot be is named", async () => {
  const { phase, error } = await ended(urnOf(await run("failing", ["--x", "1"], { image: "local/Not-An-Image:1" })));
  expect(phase).toBe("FAILED");
  expect(error?.message).toContain('couldn\'t parse image name "local/Not-An-Image:1"');
});

/** Starts a workflow of raw.py, whose containers know nothing of Flyte. */
async function runRaw(workflow: string, ...inputs: readonly string[]): Promise<string> {
  return await run(workflow, inputs, { file: "raw.py" });
}

test("containers that know nothing of Flyte have their inputs as files, and what they leave as files is read by the real client", async () => {
  const execution = await runRaw("echoing", "--took", "1h 1.5s");
  expect(await ended(urnOf(execution))).toMatchObject({ phase: "SUCCEEDED" });
  const read = await home.run("python", ["read_outputs.py", execution], { cwd: workspace });
  expect(read.code, read.stderr).toBe(0);
  const { document, yaml, pb, ...others } = JSON.parse(read.stdout) as Readonly<Record<string, string>>;
  expect(others).toEqual({
    // Its digits are beyond what this test's JSON holds: the document has them.
    number: expect.any(Number) as number,
    text: "a b",
    ratio: 2.5e-7,
    yes: true,
    when: "2026-05-01 10:00:00.250000+00:00",
    took: "1:00:01.500000",
    file: "in a file",
    tree: { top: "1", "deep/low": "2", "deep/er/lowest": "3" },
    seen: "file inputs.json inputs.pb nothing number numbers ratio text took tree when words yes 7v null er\nlow",
  });
  expect(read.stdout).toContain('"number": 9007199254740993');
  expect(document).toBe(
    '{"file":"/var/inputs/file","nothing":null,"number":9007199254740993,"numbers":[7],"ratio":2.5e-7,"text":"a b",' +
      '"took":3601500000000,"tree":"/var/inputs/tree","when":"2026-05-01T10:00:00.25Z","words":{"k":"v"},"yes":true}',
  );
  expect(yaml).toContain("number: 9007199254740993");
  expect(Number(pb)).toBeGreaterThan(100);
});

test.each([
  ["exits", "Error", "terminated with exit code (3). Reason [Error]. Message: \nno luck\n"],
  ["tells", "OutputUploadFailed", "User Error: the disk is flat"],
  ["dies", "OutputUploadFailed", "User Error: told first"],
  ["forgets", "OutputUploadFailed", "file not found at path [/var/outputs/x]: stat /var/outputs/x: no such file or directory"],
  ["misspells", "OutputUploadFailed", 'failed to parse integer value: strconv.ParseInt: parsing "one": invalid syntax'],
])("a raw container that %s fails as %s", async (workflow, code, message) => {
  const { phase, error } = await ended(urnOf(await runRaw(workflow)));
  expect(phase).toBe("FAILED");
  expect(error).toMatchObject({ code: `RetriesExhausted|${code}`, kind: "USER" });
  expect(error?.message).toContain(message);
});

test("a raw container whose inputs are not there does not begin", async () => {
  const { phase, error } = await ended(urnOf(await runRaw("reading", "--file", "s3://my-s3-bucket/no/such")));
  expect(phase).toBe("FAILED");
  expect(error?.message).toContain("variable [file] download/store failed: incorrect blob reference, does not exist");
});

test("files that are a container's alone are outputs all the same, and an aborted one is gone before its hour for uploads", async () => {
  expect(await ended(urnOf(await runRaw("keeping")))).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 5 } });
  const execution = await runRaw("waits");
  await runningPod(execution);
  const terminated = await home.flyte("terminate", urnOf(execution), "--cause", "enough seen");
  expect(terminated.code, terminated.stderr).toBe(0);
  for (let tries = 0; podsOf(execution).length > 0 && tries < 300; tries++) await sleep(200);
  expect(podsOf(execution)).toEqual([]);
});

test("an execution that is aborted leaves no pod", async () => {
  const execution = await run("sleeping", ["--seconds", "600"]);
  await runningPod(execution);
  const terminated = await home.flyte("terminate", urnOf(execution), "--cause", "enough seen");
  expect(terminated.code, terminated.stderr).toBe(0);
  expect(await ended(urnOf(execution))).toMatchObject({ phase: "ABORTED" });
  for (let tries = 0; podsOf(execution).length > 0 && tries < 300; tries++) await sleep(200);
  expect(podsOf(execution)).toEqual([]);
});

test.each([
  ["the engine", "flyte"],
  ["Postgres", "postgres"],
])("while a task runs, the pod of %s is killed: the task's pod is the same afterwards, and succeeds", async (_, component) => {
  const execution = await run("sleeping", ["--seconds", "20"]);
  const before = await runningPod(execution);
  await killPod(component);
  expect(await ended(urnOf(execution))).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: before.metadata.name } });
  expect(podsOf(execution).map(({ metadata }) => metadata.uid)).toEqual([before.metadata.uid]);
});
