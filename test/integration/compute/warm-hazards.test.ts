import { execFileSync } from "node:child_process";
import { mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LocalBackend, LocalComputeOptions } from "../../../src/compute/local/open-local-compute.ts";
import type { ComputeSpec } from "../../../src/ports/compute-backend.ts";
import { logText, reaches } from "../../contract/compute-backend-contract.ts";
import { Archives, left, taskSpec } from "./flytekit-task.ts";
import { openBackend, temporaryDirectory, testPython } from "./open-backend.ts";
import { processesWith, warmInterpreters } from "./warm-processes.ts";

let directory: AsyncDisposable & { readonly path: string };
let backend: LocalBackend;
let archives: Archives;
let warnings: string[];

beforeEach(async () => {
  directory = await temporaryDirectory();
  archives = new Archives();
  warnings = [];
});

afterEach(async () => {
  for (const name of await backend.list({})) await backend.remove(name);
  await backend.close();
  await expect.poll(() => warmInterpreters()).toEqual({ bases: [], tiers: [] });
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`flyte-warm-${process.pid}-`))).toEqual([]);
  await directory[Symbol.asyncDispose]();
});

async function open(options: Partial<LocalComputeOptions> = {}): Promise<void> {
  backend = await openBackend(directory.path, {
    warm: true,
    fetchCode: archives.fetchCode,
    logger: { warn: (message, details) => warnings.push(`${message}: ${String(details["reason"])}`) },
    ...options,
  });
}

async function run(name: string, uri: string, task: string, more: Partial<ComputeSpec> & { module?: string } = {}) {
  await backend.create(taskSpec(directory.path, name, uri, task, more));
  const status = await reaches(backend, name, "EXITED", "REFUSED", "LOST");
  if (status.state !== "EXITED" || status.exitCode !== 0) throw new Error(`${JSON.stringify(status)} ${await logText(backend, name)}`);
  return left(directory.path, name).output;
}

const how = `
import os
from flytekit import task
imported_by = os.getpid()
@task
def how() -> str:
    with open("/proc/self/cmdline") as file:
        program = os.path.basename(file.read().split("\\0")[1])
    return program + (" imported before" if imported_by != os.getpid() else "")
`;

test("two versions of one module, run in turns a hundred times with a secret each: nothing crosses", async () => {
  const secretsFile = join(directory.path, "secrets.yaml");
  const secretOf = (at: number): string => `secret-${at}-${(at * 7919 + 104729).toString(36)}-end`;
  const count = 100;
  await writeFile(secretsFile, `g: {${Array.from({ length: count }, (_, at) => `k${at}: ${secretOf(at)}`).join(", ")}}\n`);
  const version = (name: string): string => `
import json, os, re
from flytekit import task, current_context
import other
VERSION = "${name}"
@task
def show() -> str:
    found = set()
    # Own memory, all of it: nothing may have stayed of those before.
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
        for line in maps:
            span, mode = line.split()[:2]
            if mode.startswith("rw") and os.environ["SCAN"] == "1" and "[v" not in line:
                low, high = (int(part, 16) for part in span.split("-"))
                memory.seek(low)
                try:
                    found |= {word.decode() for word in re.findall(rb"secret-[0-9]+-[0-9a-z]+-end", memory.read(high - low))}
                except OSError:
                    pass
    secret = current_context().secrets.get("g", os.environ["KEY"])
    return json.dumps([VERSION, other.NAME, secret, sorted(found | {secret}), [v for v in os.environ.values() if v.startswith("secret-")], os.getcwd()])
`;
  const uris = [
    await archives.add({ "tasks.py": version("one"), "other.py": 'NAME = "first"\n' }),
    await archives.add({ "tasks.py": version("two"), "other.py": 'NAME = "second"\n' }),
  ];
  await open({ secretsFile });
  const cwds = new Set<string>();
  for (let at = 0; at < count; at += 2) {
    await Promise.all(
      [at, at + 1].map(async (index) => {
        const scan = index % 20 < 2;
        const output = await run(`a${index}`, uris[index % 2] ?? "", "show", {
          env: { KEY: `k${index}`, SCAN: scan ? "1" : "0" },
          secrets: [{ group: "g", key: `k${index}`, mount: "ANY" }],
        });
        const [versionName, other, secret, found, values, cwd] = JSON.parse(String(output)) as [
          string,
          string,
          string,
          string[],
          string[],
          string,
        ];
        expect([versionName, other, secret, values]).toEqual([
          index % 2 === 0 ? "one" : "two",
          index % 2 === 0 ? "first" : "second",
          secretOf(index),
          [secretOf(index)],
        ]);
        expect(found).toEqual([secretOf(index)]);
        cwds.add(`${versionName} ${cwd}`);
        await backend.remove(`a${index}`);
      }),
    );
  }
  expect(cwds.size).toBe(2);
  expect(warnings).toEqual([]);
  // KEY is one of the task's own variables here, so a version of code for each would be kept if there were no bound.
  expect(warmInterpreters().tiers.length).toBeLessThanOrEqual(6);
}, 120_000);

test("siblings draw different random numbers, of every kind", async () => {
  const uri = await archives.add({
    "tasks.py": `
import json, random, tempfile, uuid
import numpy
from flytekit import task, FlyteContextManager
${how}
@task
def draw() -> str:
    access = FlyteContextManager.current_context().file_access
    return json.dumps([access.get_random_string(), access.get_random_remote_path(), access.get_random_local_path(),
        random.random(), float(numpy.random.rand()), uuid.uuid4().hex, tempfile.mkdtemp()])
`,
  });
  await open();
  expect(await run("how", uri, "how")).toBe("zygote.py imported before");
  const names = Array.from({ length: 8 }, (_, at) => `a${at}`);
  const drawn = await Promise.all(names.map(async (name) => JSON.parse(String(await run(name, uri, "draw"))) as unknown[]));
  for (let kind = 0; kind < 7; kind++) expect(new Set(drawn.map((all) => all[kind])).size).toBe(names.length);
});

describe("code that cannot be imported ahead is imported by its attempt:", () => {
  test.each([
    [
      "it starts a thread",
      "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,), daemon=True).start()",
      "its import starts threads",
    ],
    ["it reads a secret", 'import os\nvalue = os.environ.get("_FSEC_G_K")', "_FSEC_G_K"],
    ["it reads a secret's own variable", 'import os\nvalue = os.environ["PW"]', "PW"],
    ["it reads which attempt it is", 'import os\nvalue = os.getenv("FLYTE_ATTEMPT_NUMBER")', "FLYTE_ATTEMPT_NUMBER"],
    ["it copies the environment", "import os\nvalue = dict(os.environ)", "the whole environment"],
    ["it asks for the execution", "import flytekit\nvalue = flytekit.current_context().execution_id", "flytekit's ExecutionParameters"],
    ["it makes a temporary file", "import tempfile\nvalue = tempfile.mkdtemp()", "TMPDIR"],
    ["it opens a file", 'opened = open("/dev/null")', "its import changes the open files"],
    ["it leaves the directory", 'import os\nos.chdir("/")', "its working directory"],
    ["it seeds", "import random\nrandom.seed(42)", "the random numbers of Python"],
    ["it seeds numpy", "import numpy\nnumpy.random.seed(42)", "numpy's random numbers"],
    ["it starts a process", 'import subprocess\nvalue = subprocess.Popen(["sleep", "60"])', "its import changes its children"],
    ["it sets the mask", "import os\nos.umask(0o27)", "the mode of new files"],
    ["it prints much", 'print("x" * 70000)', "prints more than 65536 bytes"],
    ["it ends the process", "import sys\nif not __import__('os').environ.get('TMPDIR'): sys.exit(3)", "its import failed: SystemExit"],
    ["it kills the process", "import os\nif not os.environ.get('TMPDIR'): os.kill(os.getpid(), 9)", "it ended by SIGKILL"],
  ])("%s", async (_title, code, reason) => {
    const secretsFile = join(directory.path, "secrets.yaml");
    await writeFile(secretsFile, "g: {k: v}\n");
    const uri = await archives.add({ "tasks.py": `${code}\n${how}` });
    await open({ secretsFile });
    const more = { secrets: [{ group: "g", key: "k", mount: "ANY", envVar: "PW" }] } as const;
    expect(await run("a", uri, "how", more)).toBe("zygote.py");
    expect(await run("b", uri, "how", more)).toBe("zygote.py");
    // Tried once, not for every attempt.
    expect(warnings).toEqual([expect.stringContaining(reason)]);
  });
});

describe("a new interpreter is started", () => {
  test("when the code has a module of a name that flytekit imports", async () => {
    const uri = await archives.add({ "tasks.py": how, "rich.py": "from_user = 1\n" });
    await open();
    await backend.create(taskSpec(directory.path, "a", uri, "how"));
    await reaches(backend, "a", "EXITED", "REFUSED", "LOST");
    // As when cold: flytekit takes the code's module for its own, and fails of it.
    expect(await logText(backend, "a")).toContain("rich");
    expect(left(directory.path, "a").files).toEqual([]);
  });

  test("when the environment is one that Python reads when it starts, or flytekit", async () => {
    const uri = await archives.add({ "tasks.py": how });
    await open();
    expect(await run("a", uri, "how", { env: { FORCE_COLOR: "1" } })).toBe("pyflyte-execute");
    // Those of the interpreter itself get a warm one of their own.
    expect(await run("b", uri, "how", { env: { PYTHONHASHSEED: "1" } })).toBe("zygote.py imported before");
    expect(await run("c", uri, "how")).toBe("zygote.py imported before");
    expect(warmInterpreters().bases.length).toBe(2);
  });

  test("for other programs, and when it is switched off", async () => {
    const uri = await archives.add({ "tasks.py": how });
    await open({ warm: false });
    await backend.warmUp();
    expect(await run("a", uri, "how")).toBe("pyflyte-execute");
    expect(warmInterpreters().bases).toEqual([]);
  });
});

/** The tests' Python with a module that it imports before all others. Its path. */
async function pythonWith(sitecustomize: string): Promise<string> {
  const venv = join(directory.path, "venv");
  const python = join(venv, "bin/python");
  execFileSync(testPython, ["-m", "venv", "--without-pip", venv]);
  const ask = (path: string): string =>
    execFileSync(path, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], { encoding: "utf8" }).trim();
  const packages = ask(python);
  await writeFile(join(packages, "all.pth"), `${ask(testPython)}\n`);
  await writeFile(join(packages, "sitecustomize.py"), sitecustomize);
  const program = `#!${python}\nimport sys\nfrom flytekit.bin.entrypoint import execute_task_cmd\nsys.exit(execute_task_cmd())\n`;
  await writeFile(join(venv, "bin/pyflyte-execute"), program, { mode: 0o755 });
  return python;
}

test("where a run of flytekit's entry point leaves something behind, attempts are forked from an interpreter without one", async () => {
  // The entry point calls it.
  const python = await pythonWith(
    "import faulthandler, os\nregister = faulthandler.register\ndef remember(*a):\n    os.environ['RUNS'] = os.environ.get('RUNS', '') + 'x'\n    register(*a)\nfaulthandler.register = remember\n",
  );
  const uri = await archives.add({
    "tasks.py": `${how}\n@task\ndef runs() -> str:\n    return os.environ["RUNS"]\n`,
  });
  await open({ interpreter: { path: python } });
  expect(await run("a", uri, "how")).toBe("zygote.py imported before");
  expect(await run("b", uri, "runs")).toBe("x");
  expect(warnings).toEqual([expect.stringContaining("a run of flytekit's entry point changes variables")]);
});

test("code in a directory that is edited is read again", async () => {
  const code = join(directory.path, "edited");
  await mkdir(code);
  const file = join(code, "tasks.py");
  await writeFile(file, `${how}\n@task\ndef value() -> int:\n    return 1\n`);
  await utimes(file, new Date(0), new Date(0));
  await open({ workingDirectory: code });
  const local = (name: string, task: string): ComputeSpec => {
    const spec = taskSpec(directory.path, name, "", task);
    return { ...spec, command: spec.command.slice(spec.command.indexOf("--") + 1) };
  };
  const answer = async (name: string, task: string) => {
    await backend.create(local(name, task));
    await reaches(backend, name, "EXITED", "REFUSED", "LOST");
    return left(directory.path, name).output;
  };
  expect(await answer("a", "how")).toBe("zygote.py imported before");
  expect(await answer("b", "value")).toBe(1);
  await writeFile(file, `${how}\n@task\ndef value() -> int:\n    return 22\n`);
  expect(await answer("c", "value")).toBe(22);
  await utimes(file, new Date(1000), new Date(1000));
  await answer("d", "how");
  await expect.poll(async () => answer(`e${Math.floor(performance.now())}`, "how"), { timeout: 10_000 }).toBe("zygote.py imported before");
});

test("the versions kept are bounded, the least used leaves", async () => {
  const uris = await Promise.all(Array.from({ length: 4 }, () => archives.add({ "tasks.py": how })));
  await open({ warmVersions: 2 });
  for (let at = 0; at < 12; at++) {
    expect(await run(`a${at}`, uris[at % 4] ?? "", "how")).toMatch(/^zygote\.py/);
    expect(warmInterpreters().tiers.length).toBeLessThanOrEqual(2);
  }
});

test("interpreters leave when nothing has come for a while, not before their attempts end, and come again", async () => {
  const uri = await archives.add({
    "tasks.py": `${how}\nimport time\n@task\ndef naps() -> str:\n    time.sleep(2)\n    return "rested"\n`,
  });
  await open({ warmIdleMs: 500 });
  await backend.warmUp();
  expect(await run("a", uri, "how")).toBe("zygote.py imported before");
  await backend.create(taskSpec(directory.path, "nap", uri, "naps"));
  await reaches(backend, "nap", "RUNNING");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(warmInterpreters().bases.length).toBe(1);
  expect(await reaches(backend, "nap", "EXITED", "LOST")).toMatchObject({ exitCode: 0 });
  await expect.poll(() => warmInterpreters(), { timeout: 5000 }).toEqual({ bases: [], tiers: [] });
  expect(await run("b", uri, "how")).toBe("zygote.py imported before");
});

test("all that an attempt started ends with it, also what left its session and was never executed", async () => {
  const uri = await archives.add({
    "tasks.py": `
import os, subprocess, time
from flytekit import task
@task
def spawns() -> str:
    subprocess.Popen(["setsid", "sh", "-c", "sleep 888.1 & sleep 888.2"])
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            open("DIRECTORY/forked", "w").write(str(os.getpid()))
            time.sleep(600)
        os._exit(0)
    time.sleep(600)
`.replace("DIRECTORY", directory.path),
  });
  await open();
  await backend.create(taskSpec(directory.path, "a", uri, "spawns"));
  await expect.poll(() => processesWith("888.").length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  await expect.poll(() => readFile(join(directory.path, "forked"), "utf8").catch(() => ""), { timeout: 5000 }).not.toBe("");
  const forked = Number(await readFile(join(directory.path, "forked"), "utf8"));
  expect((await stat(`/proc/${forked}`)).isDirectory()).toBe(true);
  await backend.remove("a");
  expect(processesWith("888.")).toEqual([]);
  expect(processesWith("zygote.py").map(({ pid }) => pid)).not.toContain(forked);
});

describe("an interpreter that is killed", () => {
  test("takes no attempt with it, and is followed by another", async () => {
    const uri = await archives.add({
      "tasks.py": `${how}\nimport time\n@task\ndef waits() -> str:\n    while not os.path.exists("${directory.path}/go"): time.sleep(0.02)\n    return "done"\n`,
    });
    await open({ slots: 4 });
    expect(await run("a", uri, "how")).toBe("zygote.py imported before");
    await backend.create(taskSpec(directory.path, "b", uri, "waits"));
    await backend.create(taskSpec(directory.path, "c", uri, "waits", { env: { _F_EXTRA: "1" } }));
    await reaches(backend, "b", "RUNNING");
    await reaches(backend, "c", "RUNNING");
    const { bases, tiers } = warmInterpreters();
    expect(tiers.length).toBeGreaterThanOrEqual(1);
    for (const pid of tiers) process.kill(pid, "SIGKILL");
    expect(await run("d", uri, "how")).toMatch(/^(zygote|pyflyte)/);
    for (const pid of bases) process.kill(pid, "SIGKILL");
    expect(await run("e", uri, "how")).toMatch(/^(zygote|pyflyte)/);
    await expect
      .poll(async () => run(`f${Math.floor(performance.now())}`, uri, "how"), { timeout: 10_000 })
      .toBe("zygote.py imported before");
    expect((await backend.status("b"))?.state).toBe("RUNNING");
    await writeFile(join(directory.path, "go"), "");
    expect(await reaches(backend, "b", "EXITED", "LOST")).toMatchObject({ exitCode: 0 });
    expect(await reaches(backend, "c", "EXITED", "LOST")).toMatchObject({ exitCode: 0 });
  });

  test("at any moment leaves no attempt behind", async () => {
    const uri = await archives.add({ "tasks.py": how });
    await open({ slots: 8 });
    await run("first", uri, "how");
    const names = Array.from({ length: 16 }, (_, at) => `a${at}`);
    for (const name of names) await backend.create(taskSpec(directory.path, name, uri, "how"));
    for (let at = 0; at < 6; at++) {
      await new Promise((resolve) => setTimeout(resolve, 15));
      const { bases, tiers } = warmInterpreters();
      for (const pid of at % 2 === 0 ? tiers : bases) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // Ended meanwhile.
        }
      }
    }
    for (const name of names)
      expect(await reaches(backend, name, "EXITED", "LOST", "REFUSED")).toMatchObject({ state: "EXITED", exitCode: 0 });
  });

  test("with the attempt's own parent: the attempt is LOST", async () => {
    const uri = await archives.add({
      "tasks.py": "import time\nfrom flytekit import task\n@task\ndef naps() -> str:\n    time.sleep(600)\n",
    });
    await open();
    await backend.create(taskSpec(directory.path, "a", uri, "naps"));
    await reaches(backend, "a", "RUNNING");
    const started = JSON.parse(await readFile(join(directory.path, "compute/attempts/a/started.json"), "utf8")) as {
      shim: number;
      leader: number;
    };
    process.kill(started.shim, "SIGKILL");
    expect(await reaches(backend, "a", "LOST", "EXITED")).toMatchObject({ state: "LOST", reason: expect.stringContaining("SIGKILL") });
    expect(processesWith("zygote.py").map(({ pid }) => pid)).not.toContain(started.leader);
  });
});

test("where the system gives no descriptors of processes, as some containers do not, attempts run all the same", async () => {
  const python = await pythonWith("import os\ndef refuse(*a):\n    raise PermissionError(1, 'refused')\nos.pidfd_open = refuse\n");
  const uri = await archives.add({ "tasks.py": how });
  await open({ interpreter: { path: python } });
  expect(await run("a", uri, "how")).toBe("zygote.py imported before");
  expect(warnings).toEqual([]);
});
