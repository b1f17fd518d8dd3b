import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePortBase } from "../support/free-port-base.ts";
import { Home, startTestSandbox, testPython, type Endpoints } from "../support/test-sandbox.ts";

interface Registered {
  readonly items: readonly { readonly urn: string; readonly outcome: string }[];
}

interface Execution {
  readonly urn: string;
  readonly name: string;
  readonly phase: string;
  readonly outputs: Record<string, unknown>;
  readonly nodes: readonly { readonly nodeId: string; readonly phase: string; readonly cacheStatus: string | null }[];
}

interface WatchLine {
  readonly level: string;
  readonly phase: string;
  readonly label: string;
}

const program = `
import os
import time
from typing import List
from flytekit import task, workflow

@task(cache=True, cache_version="1")
def squares(n: int) -> List[int]:
    print("squaring", n)
    return [i * i for i in range(n)]

@task
def total(xs: List[int], label: str = "sum") -> str:
    return f"{label}={sum(xs)}"

@task
def slow(seconds: float) -> float:
    with open(os.path.expanduser("~/pids"), "a") as pids:
        pids.write(f"{os.environ['FLYTE_INTERNAL_EXECUTION_ID']} {os.getpid()}\\n")
    time.sleep(seconds)
    return seconds

@workflow
def sums(n: int, label: str = "sum") -> str:
    return total(xs=squares(n=n), label=label)

@workflow
def nap(seconds: float) -> float:
    return slow(seconds=seconds)
`;

describe("the command line against a sandbox, from registration to the cache", () => {
  let home: Home;
  let endpoints: Endpoints;
  let directory: string;

  beforeAll(async () => {
    home = await Home.make();
    endpoints = await startTestSandbox(home);
    directory = await mkdtemp(path.join(home.directory, "project-"));
    await writeFile(path.join(directory, "sums.py"), program);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  const register = (...flags: string[]): Promise<Registered> =>
    home.data("register", path.join(directory, "sums.py"), "--python", testPython(), "--version", "v1", ...flags);

  test("register registers, again is unchanged, and says which deployment it spoke to", async () => {
    const dry = await register("--dry-run");
    expect(new Set(dry.items.map((item) => item.outcome))).toEqual(new Set(["planned"]));
    const first = await home.flyte("register", path.join(directory, "sums.py"), "--python", testPython(), "--version", "v1", "--json");
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain(endpoints.admin);
    const { data } = JSON.parse(first.stdout) as { data: Registered };
    expect(data.items.map((item) => `${item.outcome} ${item.urn}`)).toEqual([
      "registered tsk:flytesnacks:development:sums.squares:v1",
      "registered tsk:flytesnacks:development:sums.total:v1",
      "registered tsk:flytesnacks:development:sums.slow:v1",
      "registered wf:flytesnacks:development:sums.sums:v1",
      "registered lp:flytesnacks:development:sums.sums:v1",
      "registered wf:flytesnacks:development:sums.nap:v1",
      "registered lp:flytesnacks:development:sums.nap:v1",
    ]);
    expect(new Set((await register()).items.map((item) => item.outcome))).toEqual(new Set(["unchanged"]));
  });

  test("launch runs to its outputs, and the second launch is answered from the cache", async () => {
    const launch = (): Promise<Execution> => home.data("launch", "sums.sums", "--input", "n=4", "--input", "label=total", "--wait");
    const first = await launch();
    expect(first).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: "total=14" } });
    expect(first.nodes.map((node) => [node.nodeId, node.phase, node.cacheStatus])).toEqual([
      ["n0", "SUCCEEDED", "CACHE_POPULATED"],
      ["n1", "SUCCEEDED", "CACHE_DISABLED"],
    ]);
    const second = await launch();
    expect(second).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: "total=14" } });
    expect(second.nodes.map((node) => node.cacheStatus)).toEqual(["CACHE_HIT", "CACHE_DISABLED"]);
    const tasks = await home.data<{ items: unknown[] }>("get", "task-execution", `ne:flytesnacks:development:${second.name}:n0`);
    expect(tasks.items).toEqual([]);

    const logs = await home.flyte("logs", `ne:flytesnacks:development:${first.name}:n0`);
    expect(logs.stdout).toContain("squaring 4");
    const cached = await home.data<{ items: readonly { task?: string; version?: string }[] }>("cache", "list");
    expect(JSON.stringify(cached)).toContain("sums.squares");
  });

  test("watch tells every phase of a two-second task in order, while it happens", async () => {
    const { urn } = await home.data<{ urn: string }>("launch", "sums.nap", "--input", "seconds=2");
    const { spawn } = await import("node:child_process");
    const child = spawn("flyte", ["watch", urn, "--json"], { env: home.env, stdio: ["ignore", "pipe", "ignore"] });
    const seen: { at: number; line: WatchLine }[] = [];
    let rest = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) seen.push({ at: Date.now(), line: JSON.parse(line) as WatchLine });
    }
    const phases = (level: string, node?: string): string[] =>
      seen.filter(({ line }) => line.level === level && (node === undefined || line.label === node)).map(({ line }) => line.phase);
    expect(phases("execution").filter((phase) => phase !== "SUCCEEDING")).toEqual(["UNDEFINED", "RUNNING", "SUCCEEDED"]);
    expect(phases("node", "n0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
    expect([...new Set(phases("task", "n0"))]).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
    const at = (phase: string): number =>
      seen.find(({ line }) => line.level === "node" && line.label === "n0" && line.phase === phase)?.at ?? 0;
    expect(at("SUCCEEDED") - at("RUNNING")).toBeGreaterThan(1_500);

    const name = urn.split(":").at(-1) ?? "";
    const node = (await fetch(`http://${endpoints.admin}/api/v1/node_executions/flytesnacks/development/${name}/n0`).then((reply) =>
      reply.json(),
    )) as {
      closure: { started_at: string; duration: string; created_at: string; updated_at: string };
    };
    expect(Number.parseFloat(node.closure.duration)).toBeGreaterThan(2);
    expect(Date.parse(node.closure.updated_at) - Date.parse(node.closure.started_at)).toBeGreaterThan(2_000);
  });

  test("terminate ends what runs, with its cause, and the process with it", async () => {
    const { urn } = await home.data<{ urn: string }>("launch", "sums.nap", "--input", "seconds=300");
    const watching = home.flyte("watch", urn);
    const name = urn.split(":").at(-1) ?? "";
    await until(() => running(name));
    const ran = await home.flyte("terminate", urn, "--cause", "enough seen");
    expect(ran.code, ran.stderr).toBe(0);
    expect((await watching).code).toBe(5);
    expect(await home.data("get", "execution", urn)).toMatchObject({ phase: "ABORTED", abortCause: "enough seen" });
    await until(async () => !(await running(name)));
  });

  test.each(["an orderly stop", "a stop after the daemon was killed"])(
    "%s ends the running task, and the next start tries it again",
    async (how) => {
      const { urn } = await home.data<{ urn: string }>("launch", "sums.nap", "--input", "seconds=4");
      const name = urn.split(":").at(-1) ?? "";
      const watching = home.flyte("watch", urn, "--json");
      await until(() => running(name));
      if (how !== "an orderly stop") process.kill((await home.data<Endpoints>("sandbox", "start")).pid, "SIGKILL");
      expect((await home.flyte("sandbox", "stop")).code).toBe(0);
      expect(await running(name)).toBe(false);
      await home.data("sandbox", "start");
      expect((await home.flyte("watch", urn)).code).toBe(0);
      // Who watched all the while has been told, and has missed and repeated nothing.
      const watched = await watching;
      expect(watched.code, watched.stderr).toBe(0);
      expect(watched.stderr).toMatch(/trying again for five minutes\n(.*\n)*connected again; nothing is missed\n$/);
      const changes = watched.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { sequence: number; phase: string });
      expect(changes.every(({ sequence }, index) => index === 0 || sequence > (changes[index - 1]?.sequence ?? 0))).toBe(true);
      expect(changes.at(-1)?.phase).toBe("SUCCEEDED");
      const attempts = await home.data<{ items: { phase: string; error: { kind: string } | null }[] }>(
        "get",
        "task-execution",
        `ne:flytesnacks:development:${name}:n0`,
      );
      expect(attempts.items.map((attempt) => attempt.phase)).toEqual(["SUCCEEDED", "FAILED"]);
      expect(attempts.items[1]?.error?.kind).toBe("SYSTEM");
    },
  );

  test("a wrong input, an unknown name and an unreachable deployment are told apart by their exit codes", async () => {
    const wrong = await home.flyte("launch", "sums.sums", "--input", "n=four");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/n[^]*integer/i);
    const unknown = await home.flyte("launch", "sums.nothing", "--input", "n=4");
    expect(unknown.code).toBe(4);
    const nobody = await home.flyte("get", "execution", "--endpoint", "127.0.0.1:1", "--insecure");
    expect(nobody.code).toBe(4);
    const failed = await home.flyte("launch", "sums.nap", "--input", "seconds=-1", "--wait", "--json");
    expect(failed.code).toBe(5);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining("sleep length must be non-negative") },
    });
  });

  test("a program that does not import shows the user's own frames and registers nothing", async () => {
    await writeFile(
      path.join(directory, "broken.py"),
      "from flytekit import task\n\ndef helper():\n    raise KeyError('no such column')\n\nhelper()\n",
    );
    const ran = await home.flyte("register", path.join(directory, "broken.py"), "--python", testPython());
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("broken.py");
    expect(ran.stderr).toContain("broken.py:4 in helper");
    expect(ran.stderr).toContain("no such column");
    expect(ran.stderr).not.toContain("site-packages");
  });

  /** Whether a process of the task `slow` lives, as the task itself said who it is. */
  async function running(execution: string): Promise<boolean> {
    const text = await readFile(path.join(home.directory, "pids"), "utf8").catch(() => "");
    const own = text.split("\n").filter((line) => line.startsWith(`${execution} `));
    return own.some((line) => existsSync(`/proc/${line.split(" ")[1]}`));
  }
});

describe("flyte demo", () => {
  test("runs the example twice, and the second launch takes its cached steps from the cache", async () => {
    await using home = await Home.make();
    const ran = await home.run("flyte", ["demo", "--json", "--port-base", String(await freePortBase())], {
      env: { VIRTUAL_ENV: path.dirname(path.dirname(testPython())) },
    });
    expect(ran.code, ran.stderr).toBe(0);
    const { data } = JSON.parse(ran.stdout) as { data: { executions: Execution[]; next: string[] } };
    expect(data.executions.map((execution) => execution.phase)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(data.executions.map((execution) => execution.nodes.map((node) => node.cacheStatus))).toEqual([
      ["CACHE_POPULATED", "CACHE_POPULATED", "CACHE_DISABLED", "CACHE_DISABLED"],
      ["CACHE_HIT", "CACHE_HIT", "CACHE_DISABLED", "CACHE_DISABLED"],
    ]);
    expect(data.executions[0]?.outputs["o0"]).toEqual(data.executions[1]?.outputs["o0"]);
    expect(ran.stderr).toMatch(/task +n3 publish +FAILED/);
    expect(data.next.length).toBeGreaterThan(2);
  });

  test("without Python says what is missing, and how far it got", async () => {
    await using home = await Home.make();
    const bare = await mkdtemp(path.join(home.directory, "bare-"));
    try {
      const [node, bin] = home.env["PATH"]?.split(path.delimiter) ?? [];
      const ran = await home.run(path.join(bin ?? "", "flyte"), ["demo", "--json", "--port-base", String(await freePortBase())], {
        env: { PATH: [node, bin, bare].join(path.delimiter) },
      });
      expect(ran.code).toBe(3);
      expect(JSON.parse(ran.stdout)).toMatchObject({
        ok: false,
        error: { code: "PYTHON_NOT_FOUND", hint: expect.stringContaining("python3") },
      });
      expect(ran.stderr).toContain("The engine serves on");
    } finally {
      await rm(bare, { recursive: true });
    }
    expect(await readFile(path.join(home.directory, ".flyte/sandboxes/demo/sandbox.json"), "utf8")).toContain('"name": "demo"');
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("it did not come to pass within 30 seconds");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
