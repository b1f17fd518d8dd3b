import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Long from "long";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalBackend } from "../../../src/compute/local/open-local-compute.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { ComputeSpec } from "../../../src/ports/compute-backend.ts";
import { logText, reaches } from "../../contract/compute-backend-contract.ts";
import { Archives, left, taskSpec } from "./flytekit-task.ts";
import { openBackend, temporaryDirectory } from "./open-backend.ts";

// Every task runs on a backend that starts interpreters and on one that keeps them warm: both have to show the same.

const module = `
import atexit, json, os, signal, subprocess, sys, tempfile, threading, time
import flytekit
from flytekit import FlyteContextManager, task
from flytekit.exceptions.user import FlyteRecoverableException

imported_by = os.getpid()
print("imported", flush=True)
print("warned", file=sys.stderr, flush=True)
os.environ["SET_BY_MODULE"] = os.environ.get("STATIC", "none") + "!"

@task
def how() -> str:
    with open("/proc/self/cmdline") as file:
        program = os.path.basename(file.read().split("\\0")[1])
    return program + (" imported before" if imported_by != os.getpid() else "")

@task
def doubles(x: int) -> str:
    with open("/proc/self/cmdline") as file:
        return str(2 * x) + " " + os.path.basename(file.read().split("\\0")[1])

@task
def ok() -> str:
    return "fine"

@task
def raises() -> str:
    raise ValueError("wrong")

@task
def recoverable() -> str:
    raise FlyteRecoverableException("again")

@task
def chained() -> str:
    try:
        {}["key"]
    except KeyError as error:
        raise RuntimeError("outer") from error

@task
def exits() -> str:
    sys.exit(3)

@task
def exits_with_text() -> str:
    sys.exit("a text")

@task
def exits_at_once() -> str:
    os._exit(7)

@task
def kills_itself() -> str:
    os.kill(os.getpid(), signal.SIGKILL)

@task
def terminates() -> str:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)

@task
def interrupts() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)

@task
def aborts() -> str:
    os.abort()

@task
def pipes() -> str:
    return json.dumps([str(signal.getsignal(number)).split(" at ")[0] for number in sorted(signal.valid_signals())])

@task
def prints() -> str:
    print("out")
    print("err", file=sys.stderr)
    os.system("echo child; cat")
    sys.stdout.write("no end of line")
    return sys.stdin.read()

@task
def lingers() -> str:
    atexit.register(lambda: print("at exit"))
    threading.Thread(target=lambda: (time.sleep(0.1), print("thread ends"))).start()
    return "x"

@task
def sleeps() -> str:
    time.sleep(60)
    return "x"

@task
def prints_much() -> str:
    for at in range(2000):
        print("line", at)
    return "x"

@task(enable_deck=True)
def decks() -> str:
    flytekit.Deck("mine", "<p>mine</p>")
    return "x"

@task
def dirs() -> str:
    context = flytekit.current_context()
    paths = [tempfile.gettempdir(), context.working_directory, tempfile.mkdtemp()]

    def use():
        # A thread has the context that flytekit makes when it is imported.
        known = FlyteContextManager.current_context()
        paths.append(known.user_space_params.working_directory)
        paths.append(known.file_access.local_sandbox_dir)
        with open(known.file_access.get_random_local_path(), "w") as file:
            file.write("x")
            paths.append(os.path.dirname(file.name))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    return json.dumps([path.startswith(os.environ["TMPDIR"]) and os.path.isdir(path) for path in map(str, paths)])

@task
def describe() -> str:
    main = sys.modules["__main__"]
    mask = os.umask(0)
    os.umask(mask)
    hidden = ("FLYTE_LOCAL_ATTEMPT", "TMPDIR")
    frames = []
    frame = sys._getframe()
    while frame:
        frames.append(os.path.basename(frame.f_code.co_filename) + ":" + frame.f_code.co_name)
        frame = frame.f_back
    context = flytekit.current_context()
    fd = os.open("/", os.O_RDONLY)
    child = subprocess.run(["env"], capture_output=True, text=True).stdout.splitlines()
    return json.dumps({
        "argv": sys.argv[2:] and [word for word in sys.argv if "/out/" not in word and "/raw/" not in word],
        "orig": sys.orig_argv[:2],
        "path": sys.path,
        "executable": sys.executable,
        "main": [main.__file__, main.__name__, sorted(name for name in vars(main) if not name.startswith("__"))],
        "env": {name: value for name, value in sorted(os.environ.items()) if name not in hidden},
        "child env": sorted(line for line in child if not line.startswith(hidden)),
        "cwd": os.getcwd(),
        "umask": mask,
        "flags": str(sys.flags),
        "session": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
        "marker": os.environ["FLYTE_LOCAL_ATTEMPT"] in open("/proc/self/environ").read(),
        "next descriptor": fd,
        "threads": threading.active_count(),
        "main thread": threading.current_thread() is threading.main_thread(),
        "streams": [sys.stdout.fileno(), sys.stderr.fileno(), sys.stdout.encoding, sys.stdout.write_through, sys.stdout.line_buffering],
        "ids": [str(context.execution_id.name), str(context.task_id.name), context.execution_id.project],
        "modules": sorted({name.partition(".")[0] for name in sys.modules} - {"gc"}),
        "loggers": [str(h) for h in __import__("logging").getLogger("flytekit").handlers],
        "frames": [one for one in frames if not one.startswith("zygote.py")],
    })
`;

const spawning = `
import multiprocessing, os
from flytekit import task

def square(x):
    return x * x

@task
def pool() -> int:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return sum(pool.map(square, [1, 2, 3]))

@task
def forks() -> int:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return sum(pool.map(square, [1, 2, 3]))
`;

let directory: AsyncDisposable & { readonly path: string };
let cold: LocalBackend;
let warm: LocalBackend;
let uri: string;
const archives = new Archives();

beforeAll(async () => {
  directory = await temporaryDirectory();
  uri = await archives.add({ "tasks.py": module, "spawning.py": spawning, "broken.py": "import no_such_module\n" });
  const { fetchCode } = archives;
  const options = { fetchCode, graceSeconds: 2, logLimit: 2000, logTail: 500 };
  cold = await openBackend(directory.path, { ...options, directory: join(directory.path, "cold"), warm: false });
  warm = await openBackend(directory.path, { ...options, directory: join(directory.path, "warm"), warm: true });
});

afterAll(async () => {
  for (const backend of [cold, warm]) {
    for (const name of await backend.list({})) await backend.remove(name);
    await backend.close();
  }
  await directory[Symbol.asyncDispose]();
});

async function runOn(backend: LocalBackend, name: string, task: string, more: Partial<ComputeSpec> & { module?: string } = {}) {
  const env = { STATIC: "s", FLYTE_SDK_LOGGING_LEVEL: "30", ...more.env };
  await backend.create(taskSpec(directory.path, name, uri, task, { ...more, env }));
  const status = await reaches(backend, name, "EXITED", "REFUSED", "LOST");
  const { state } = status;
  const text = (await logText(backend, name)).replace(/"asctime": "[^"]*"/g, "").replaceAll(name, "NAME");
  return {
    state,
    exitCode: status.state === "EXITED" ? status.exitCode : status,
    signal: status.state === "EXITED" ? status.signal : undefined,
    timedOut: status.state === "EXITED" ? status.timedOut : undefined,
    left: left(directory.path, name),
    log: text.replace(/[a-z0-9_]{8,}(?=\/| )/g, (word) => (/\d/.test(word) ? "#" : word)),
  };
}

async function both(task: string, more: Partial<ComputeSpec> & { module?: string } = {}) {
  const name = `${(more.module ?? "") + task}-${Object.keys(more.env ?? {}).length}`.toLowerCase().replaceAll("_", "-");
  const [one, other] = await Promise.all([runOn(cold, `c-${name}`, task, more), runOn(warm, `w-${name}`, task, more)]);
  return { one, other };
}

test("the one starts interpreters, the other forks them with the code imported", async () => {
  const { one, other } = await both("how");
  expect(one.left.output).toBe("pyflyte-execute");
  expect(other.left.output).toBe("zygote.py imported before");
});

describe("nothing tells them apart:", () => {
  test.each([
    ["ok", { exitCode: 0 }, []],
    ["raises", { exitCode: 0 }, ["error.pb"]],
    ["recoverable", { exitCode: 0 }, ["error.pb"]],
    ["chained", { exitCode: 0 }, ["error.pb"]],
    ["exits", { exitCode: 3 }, []],
    ["exits_with_text", { exitCode: 1 }, []],
    ["exits_at_once", { exitCode: 7 }, []],
    ["kills_itself", { exitCode: 137, signal: "SIGKILL" }, []],
    ["terminates", { exitCode: 143, signal: "SIGTERM" }, []],
    ["interrupts", { exitCode: 1 }, []],
    ["aborts", { exitCode: 134, signal: "SIGABRT" }, []],
    ["pipes", { exitCode: 0 }, []],
    ["prints", { exitCode: 0 }, []],
    ["lingers", { exitCode: 0 }, []],
    ["decks", { exitCode: 0 }, ["deck.html"]],
    ["dirs", { exitCode: 0 }, []],
  ] as const)("%s", async (task, expected, files) => {
    const { one, other } = await both(task);
    expect(one).toMatchObject(expected);
    expect(one.left.files).toEqual(expect.arrayContaining([...files]));
    expect(one.log).toMatch(/^\n?(imported\nwarned|warned\nimported)\n/);
    expect(other).toEqual(one);
  });

  test("environment, paths, arguments, descriptors, modules, frames", async () => {
    const { one, other } = await both("describe", { env: { OWN: "1" } });
    const [ours, theirs] = [other, one].map(({ left: { output } }) => JSON.parse(String(output)) as Record<string, unknown>);
    expect(theirs?.["env"]).toMatchObject({ SET_BY_MODULE: "s!", OWN: "1", FLYTE_INTERNAL_EXECUTION_ID: "e1" });
    expect(theirs?.["marker"]).toBe(true);
    expect(ours).toEqual(theirs);
  });

  test("dirs are the attempt's own", async () => {
    const { other } = await both("dirs", { env: { A: "1" } });
    expect(other.left.output).toBe(`[${Array(6).fill("true").join(", ")}]`);
  });

  test("a module that is not to be imported", async () => {
    const { one, other } = await both("any", { module: "broken" });
    expect(one.left.error).toMatchObject({
      code: "USER:RuntimeError",
      message: expect.stringContaining("No module named 'no_such_module'"),
    });
    expect(other).toEqual(one);
  });

  test("a task that the module has not", async () => {
    const { one, other } = await both("absent");
    expect(one.left.error).toMatchObject({ code: "USER:RuntimeError" });
    expect(other).toEqual(one);
  });

  test.each(["pool", "forks"])("multiprocessing: %s", async (task) => {
    const { one, other } = await both(task, { module: "spawning" });
    expect(one.left.output).toBe(14);
    expect(other).toEqual(one);
  });

  test("an element of a map", async () => {
    const outputs = await Promise.all(
      (
        [
          ["c", cold],
          ["w", warm],
        ] as const
      ).map(async ([letter, backend]) => {
        const name = `${letter}-map`;
        const spec = taskSpec(directory.path, name, uri, "doubles", {
          env: { BATCH_JOB_ARRAY_INDEX_VAR_NAME: "FLYTE_K8S_ARRAY_INDEX", FLYTE_K8S_ARRAY_INDEX: "2" },
        });
        const inputs = join(directory.path, `${name}.pb`);
        const integer = (value: number) => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
        const literals = { x: { collection: { literals: [integer(10), integer(20), integer(30)] } } };
        await writeFile(inputs, flyteidl.core.LiteralMap.encode({ literals }).finish());
        const command = spec.command
          .slice(0, -4)
          .map((word) => (word === "pyflyte-execute" ? "pyflyte-map-execute" : word.endsWith("inputs.pb") ? inputs : word))
          .map((word) => (word.endsWith("default_task_resolver") ? "flytekit.core.array_node_map_task.ArrayNodeMapTaskResolver" : word))
          .concat("vars", "", "resolver", "flytekit.core.python_auto_container.default_task_resolver", ...spec.command.slice(-4));
        await backend.create({ ...spec, command });
        expect(await reaches(backend, name, "EXITED", "REFUSED", "LOST")).toMatchObject({ exitCode: 0 });
        return left(directory.path, name);
      }),
    );
    expect(outputs[0]?.output).toMatch(/^60 pyflyte-map-execute$/);
    expect(outputs[1]?.output).toBe("60 zygote.py");
    expect(outputs[1]?.files).toEqual(outputs[0]?.files);
  });

  test("a failure that is to be one of the process", async () => {
    const { one, other } = await both("raises", { env: { FLYTE_FAIL_ON_ERROR: "true" } });
    expect(one).toMatchObject({ exitCode: 1 });
    expect(other).toEqual(one);
  });

  test("a time-out", async () => {
    const { one, other } = await both("sleeps", { timeoutSeconds: 4 });
    expect(one).toMatchObject({ exitCode: 143, signal: "SIGTERM", timedOut: true });
    expect(other).toEqual(one);
  });

  test("a long log", async () => {
    const { one, other } = await both("prints_much");
    expect(one.log).toContain("bytes of this log were left out here]");
    expect(one.log.endsWith("line 1999\n")).toBe(true);
    expect(other).toEqual(one);
  });
});

test("the use of resources is the attempt's own", async () => {
  await runOn(warm, "w-use", "ok");
  const ended = JSON.parse(await readFile(join(directory.path, "warm/attempts/w-use/exit.json"), "utf8")) as Record<string, number>;
  expect(ended["cpuSeconds"]).toBeGreaterThan(0.003);
  expect(ended["cpuSeconds"]).toBeLessThan(0.3);
  expect(ended["peakMemoryBytes"]).toBeGreaterThan(20 << 20);
});
