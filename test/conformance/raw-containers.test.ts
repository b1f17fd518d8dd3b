import { readdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pyflyteRegister } from "../support/conformance-driver.ts";
import { expectEchoed, failingContainers, noSuchInput } from "../support/raw-containers.ts";
import { type Endpoints, Home, startTestSandbox, testPython } from "../support/test-sandbox.ts";

// The programs of the tests on clusters: these containers need a shell, which this machine has too.
const programs = path.join(import.meta.dirname, "../kind/workspace");

interface Execution {
  readonly phase: string;
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly code: string; readonly message: string; readonly kind: string } | null;
}

let home: Home;
let endpoints: Endpoints;
beforeAll(async () => {
  home = await Home.make();
  endpoints = await startTestSandbox(home);
  await pyflyteRegister(home, programs, "raw.py");
});
afterAll(() => home?.[Symbol.asyncDispose]());

async function launch(name: string, ...inputs: readonly string[]): Promise<void> {
  await home.data("launch", `lp:flytesnacks:development:raw.${name}:v1`, "--name", name, ...inputs.flatMap((one) => ["--input", one]));
}

async function ended(execution: string): Promise<Execution> {
  await home.flyte("watch", execution);
  return home.data<Execution>("get", "execution", execution);
}

async function runs(execution: string): Promise<void> {
  const urn = `ne:flytesnacks:development:${execution}:n0`;
  for (let tries = 0; tries < 300; tries++) {
    const { items } = await home.data<{ items: readonly { readonly phase: string }[] }>("get", "task-execution", urn);
    if (items.some(({ phase }) => phase === "RUNNING")) return;
    await sleep(100);
  }
  throw new Error(`${execution} does not run`);
}

/** What is left of attempts' files. */
const leftFiles = (): Promise<readonly string[]> => readdir(path.join(endpoints.dataDir, "container-data"));

test("a container has its inputs as files in each format, and what it leaves as files is read by the real client", async () => {
  const ran = await home.run("pyflyte", ["run", "--remote", "raw.py", "echoing", "--took", "1h 1.5s"], { cwd: programs });
  const execution = /executions\/(\w+)/.exec(ran.stdout)?.[1] ?? "";
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(await ended(execution)).toMatchObject({ phase: "SUCCEEDED" });
  const read = await home.run(testPython(), [path.join(programs, "read_outputs.py"), execution]);
  expect(read.code, read.stderr).toBe(0);
  expectEchoed(read.stdout);
});

test.each(failingContainers)("one that %s fails as %s", async (workflow, code, message) => {
  await launch(workflow);
  const { phase, error } = await ended(workflow);
  expect(phase).toBe("FAILED");
  expect(error).toMatchObject({ code: `RetriesExhausted|${code}`, kind: "USER" });
  expect(error?.message).toContain(message);
});

test("one whose inputs are not there does not begin", async () => {
  await launch("reading", "file=s3://my-s3-bucket/no/such");
  const { phase, error } = await ended("reading");
  expect([phase, error?.code]).toEqual(["FAILED", "RetriesExhausted|InputDownloadFailed"]);
  expect(error?.message).toContain(noSuchInput);
});

test("one goes on when the daemon is killed, and is not run again; another is aborted; no file is left", async () => {
  await launch("slow");
  await launch("waits");
  await Promise.all([runs("slow"), runs("waits")]);
  process.kill(endpoints.pid, "SIGKILL");
  endpoints = await home.data<Endpoints>("sandbox", "start");
  expect(await ended("slow")).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 1 } });
  const terminated = await home.flyte("terminate", "waits", "--cause", "enough seen");
  expect(terminated.code, terminated.stderr).toBe(0);
  expect((await ended("waits")).phase).toBe("ABORTED");
  await expect.poll(leftFiles, { timeout: 20_000 }).toEqual([]);
});
