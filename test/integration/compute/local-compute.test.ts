import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StatusError } from "../../../src/idl/status.ts";
import type { ComputeBackend, ComputeStatus } from "../../../src/ports/compute-backend.ts";
import type { LocalComputeOptions } from "../../../src/compute/local/open-local-compute.ts";
import { logText, reaches, shellSpec } from "../../contract/compute-backend-contract.ts";
import { openBackend, temporaryDirectory, testPython } from "./open-backend.ts";

let directory: AsyncDisposable & { readonly path: string };
let backend: ComputeBackend & { close(): Promise<void> };

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  for (const name of await backend.list({})) await backend.remove(name);
  await backend.close();
  await directory[Symbol.asyncDispose]();
});

async function open(options: Partial<LocalComputeOptions> = {}): Promise<void> {
  backend = await openBackend(directory.path, options);
}

async function run(...spec: Parameters<typeof shellSpec>): Promise<ComputeStatus> {
  await backend.create(shellSpec(...spec));
  return reaches(backend, spec[0], "EXITED", "REFUSED", "LOST");
}

const python = (code: string) => ({ command: ["python", "-c", code] });

// One that only SIGKILL ends, one that left the session and its parents, one that cleared its environment.
const family = `trap "" TERM
(trap "" TERM; while true; do sleep 1; done) &
setsid sh -c 'sleep 777.1 & ' &
env -i sleep 777.2 &
echo ready
wait; while true; do sleep 1; done`;

const members = (marker: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, "utf8").includes(marker) || readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("777.")
        );
      } catch {
        return false;
      }
    });

describe("all that an attempt started ends", () => {
  test("when it is removed", async () => {
    await open();
    await backend.create(shellSpec("a", family));
    for await (const _ of backend.logs("a", { follow: true })) break;
    const { marker } = JSON.parse(await readFile(join(directory.path, "compute/attempts/a/spec.json"), "utf8")) as { marker: string };
    await expect.poll(() => members(marker).length).toBeGreaterThanOrEqual(5);
    await backend.remove("a");
    expect(members(marker)).toEqual([]);
    expect(await readdir(join(directory.path, "compute/attempts/a"))).toEqual(["log"]);
  });

  test("when its main process ends", async () => {
    await open();
    expect(await run("a", "(sleep 777.3; echo never) & setsid sleep 777.4 & echo done")).toMatchObject({ exitCode: 0 });
    expect(members("no marker")).toEqual([]);
    expect(await logText(backend, "a")).toBe("done\n");
  });

  test("when its time is up, and SIGTERM is ignored", async () => {
    await open();
    expect(await run("a", family, { timeoutSeconds: 0.3 })).toMatchObject({ exitCode: 137, signal: "SIGKILL", timedOut: true });
    expect(members("no marker")).toEqual([]);
  });
});

test("two slots run two; the third waits, says why, and the next is another project's", async () => {
  await open();
  const order = join(directory.path, "order");
  const spec = (name: string, project: string) =>
    shellSpec(name, `echo ${name} >> ${order}; while [ ! -e ${directory.path}/go-${name} ]; do sleep 0.02; done`, {
      labels: { project, domain: "d", execution: name.slice(0, 2), node: "n", attempt: "0", task: "t" },
    });
  const finish = async (name: string): Promise<void> => {
    await writeFile(join(directory.path, `go-${name}`), "");
    await reaches(backend, name, "EXITED");
  };
  for (const name of ["ax1", "ax2", "ax3", "ay1"]) await backend.create(spec(name, "a"));
  await backend.create(spec("bx1", "b"));
  await reaches(backend, "ax1", "RUNNING");
  await reaches(backend, "ax2", "RUNNING");
  for (const name of ["ax3", "ay1", "bx1"]) {
    expect(await backend.status(name)).toEqual({ state: "WAITING", reason: "waiting for a free slot (2 of 2 in use)" });
  }
  await finish("ax1");
  await reaches(backend, "bx1", "RUNNING");
  await finish("ax2");
  await reaches(backend, "ay1", "RUNNING");
  await finish("bx1");
  await reaches(backend, "ax3", "RUNNING");
  for (const name of ["ax3", "ay1"]) await finish(name);
  expect((await readFile(order, "utf8")).trim().split("\n").slice(2)).toEqual(["bx1", "ay1", "ax3"]);
});

test("what waits for others keeps none of them from running, however many there are and whoever came first", async () => {
  await open({ slots: 1, memory: 2 ** 30 });
  const held = (name: string): string => `while [ ! -e ${directory.path}/go-${name} ]; do sleep 0.02; done`;
  for (const name of ["eager1", "eager2", "eager3"])
    await backend.create(shellSpec(name, held(name), { waitsForOthers: true, resources: { memory: "100Mi" } }));
  for (const name of ["eager1", "eager2", "eager3"]) await reaches(backend, name, "RUNNING");
  // More than there is: it gets in though those who wait for it hold some.
  await backend.create(shellSpec("first", held("first"), { resources: { memory: "8Gi" } }));
  await backend.create(shellSpec("second", held("second")));
  await reaches(backend, "first", "RUNNING");
  expect(await backend.status("second")).toEqual({ state: "WAITING", reason: "waiting for a free slot (1 of 1 in use)" });
  await writeFile(join(directory.path, "go-first"), "");
  await reaches(backend, "second", "RUNNING");
  for (const name of ["second", "eager1", "eager2", "eager3"]) {
    await writeFile(join(directory.path, `go-${name}`), "");
    await reaches(backend, name, "EXITED");
  }
});

test("memory is counted where it is limited; what asks for more than there is runs alone", async () => {
  await open({ slots: 5, memory: 2 ** 30 });
  const spec = (name: string, memory: string) =>
    shellSpec(name, `while [ ! -e ${directory.path}/go-${name} ]; do sleep 0.02; done`, { resources: { memory } });
  await backend.create(spec("half", "600Mi"));
  await backend.create(spec("huge", "8Gi"));
  await backend.create(spec("small", "1Mi"));
  await reaches(backend, "half", "RUNNING");
  expect(await backend.status("huge")).toEqual({ state: "WAITING", reason: "waiting for 8Gi of memory (600Mi of 1Gi in use)" });
  expect((await backend.status("small"))?.state).toBe("WAITING");
  await writeFile(join(directory.path, "go-half"), "");
  await reaches(backend, "huge", "RUNNING");
  await writeFile(join(directory.path, "go-huge"), "");
  await reaches(backend, "small", "RUNNING");
  await writeFile(join(directory.path, "go-small"), "");
  await reaches(backend, "small", "EXITED");
});

test("a task finds little in its environment, and a scratch directory that goes with it", async () => {
  await open({ baseEnv: { HOME: "/nowhere", LANG: "C" } });
  const code =
    "import json, os; print(json.dumps(dict(os.environ))); print(os.getcwd()); open(os.environ['TMPDIR'] + '/x', 'w').write('y')";
  expect(await run("a", "", { ...python(code), env: { MINE: "1", LANG: "de" } })).toMatchObject({ exitCode: 0 });
  const [variables = "", cwd = ""] = (await logText(backend, "a")).trim().split("\n");
  const { PATH, TMPDIR, FLYTE_LOCAL_ATTEMPT, ...rest } = JSON.parse(variables) as Record<string, string>;
  expect(rest).toEqual({
    HOME: "/nowhere",
    LANG: "de",
    MINE: "1",
    PYTHONUNBUFFERED: "1",
    ...(rest["LC_CTYPE"] ? { LC_CTYPE: rest["LC_CTYPE"] } : {}),
  });
  expect(PATH?.split(":")[0]).toBe(testPython.replace(/\/[^/]*$/, ""));
  expect(cwd).toBe(TMPDIR);
  expect(FLYTE_LOCAL_ATTEMPT).toMatch(/^[a-z0-9]{20}$/);
  await expect.poll(() => stat(TMPDIR ?? "").catch(() => "gone")).toBe("gone");
});

describe("secrets", () => {
  const request = (group: string, key: string, mount: "ANY" | "FILE" = "ANY", envVar?: string) => ({
    group,
    key,
    mount,
    ...(envVar === undefined ? {} : { envVar }),
  });

  test("reach the task as variables or private files, and no other file", async () => {
    const secretsFile = join(directory.path, "secrets.yaml");
    await writeFile(secretsFile, 'Db: {password: "hunter-2", port: 5432}\ncert: {pem: "line-1\\nline-2"}\n');
    await open({ secretsFile });
    const code = [
      "import os, stat, time",
      "e = os.environ; f = e['FLYTE_SECRETS_DEFAULT_DIR'] + '/cert/pem'",
      "ok = [e['_FSEC_DB_PASSWORD'] == 'hunter' + '-2', e['PW'] == 'hunter' + '-2', e['_FSEC_DB_PORT'] == '5432', open(f).read() == 'line' + '-1\\nline-2',",
      "  stat.S_IMODE(os.stat(f).st_mode) == 0o600, e['CERT'] == f, '_FSEC_CERT_PEM' not in e, e['FLYTE_SECRETS_FILE_PREFIX'] == '']",
      `print(ok); open('${directory.path}/seen', 'w').close()`,
      `while not os.path.exists('${directory.path}/go'): time.sleep(0.02)`,
    ].join("\n");
    await backend.create(
      shellSpec("a", "", {
        ...python(code),
        secrets: [request("db", "password", "ANY", "PW"), request("Db", "port"), request("cert", "pem", "FILE", "CERT")],
      }),
    );
    await expect
      .poll(() =>
        stat(join(directory.path, "seen"))
          .then(() => true)
          .catch(() => false),
      )
      .toBe(true);
    const attempt = join(directory.path, "compute/attempts/a");
    for (const file of await readdir(attempt, { withFileTypes: true })) {
      if (file.isFile()) expect(await readFile(join(attempt, file.name), "utf8")).not.toMatch(/hunter-2|line-1/);
    }
    expect(JSON.parse(await readFile(join(attempt, "spec.json"), "utf8")).spec.secrets[0]).toEqual(request("db", "password", "ANY", "PW"));
    await writeFile(join(directory.path, "go"), "");
    await reaches(backend, "a", "EXITED");
    expect(await logText(backend, "a")).toBe("[True, True, True, True, True, True, True, True]\n");
    await expect.poll(() => readdir(join(attempt, "secrets")).catch(() => "gone")).toBe("gone");
  });

  test.each([
    [
      "that are missing are named, with the file",
      "db: {user: x}",
      request("db", "password"),
      'secret group "db" key "password" was not found in FILE',
      "add it to FILE:  db: {password: VALUE}",
    ],
    ["of no group", "other: 1", request("", "token"), 'secret key "token" was not found in FILE', "add it to FILE:  token: VALUE"],
    [
      "of a file that is not YAML are not quoted",
      "db: {password: s3cr3t",
      request("db", "password"),
      "the secrets file FILE is not valid YAML",
      "its form is  group: {key: value}",
    ],
    [
      "with paths for names are no files",
      '"..": {x: y}',
      request("..", "x", "FILE"),
      'secret group ".." key "x" cannot be a file: ".." is no file name',
      "request it as an environment variable",
    ],
  ])("%s", async (_title, text, secret, reason, hint) => {
    const secretsFile = join(directory.path, "secrets.yaml");
    await writeFile(secretsFile, text);
    await open({ secretsFile });
    const named = (message: string): string => message.replace("FILE", secretsFile);
    expect(await run("a", "true", { secrets: [secret] })).toEqual({ state: "REFUSED", reason: named(reason), hint: named(hint) });
  });
});

describe("is refused, and stays so after a restart", () => {
  test("without an interpreter", async () => {
    await open({ interpreter: undefined });
    const refused = await run("a", "true");
    expect(refused).toEqual({
      state: "REFUSED",
      reason: "no Python interpreter is known for local tasks",
      hint: "name one that has flytekit: --python PATH",
    });
    await backend.close();
    await open();
    expect(await backend.status("a")).toEqual(refused);
  });

  test("with an interpreter that is none", async () => {
    const fake = join(directory.path, "python");
    await writeFile(fake, "#!/bin/sh\necho I am no Python >&2\nexit 3\n");
    await chmod(fake, 0o755);
    await open({ interpreter: { path: fake } });
    expect(await run("a", "true")).toMatchObject({
      state: "REFUSED",
      reason: "the interpreter could not start the task (exit code 3): I am no Python",
    });
  });

  test("an absent flytekit, with the way to get it", async () => {
    const bin = join(directory.path, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "python"), "");
    await open({ interpreter: { path: join(bin, "python") } });
    expect(await run("a", "", { command: ["pyflyte-execute", "--inputs", "x"] })).toEqual({
      state: "REFUSED",
      reason: 'program "pyflyte-execute" was not found',
      hint: `install flytekit for the tasks' Python: ${bin}/python -m pip install flytekit (or name another one with --python)`,
    });
  });

  test("a program that the system cannot execute", async () => {
    const program = join(directory.path, "program");
    await writeFile(program, "#!/no/such/shell\n");
    await chmod(program, 0o755);
    await open();
    expect(await run("a", "", { command: [program] })).toMatchObject({
      state: "REFUSED",
      reason: expect.stringContaining("program could not be started"),
    });
  });

  test("no command at all", async () => {
    await open();
    expect(await run("a", "", { command: [] })).toMatchObject({ state: "REFUSED", reason: expect.stringContaining("no command") });
  });
});

test.each(["", "..", "a/b", "A", "-a", ".hidden"])("the name %j is not taken", async (name) => {
  await open();
  await expect(backend.create(shellSpec(name, "true"))).rejects.toThrow(StatusError);
  expect(await backend.list({})).toEqual([]);
});

test("of a long log the beginning and the end are kept", async () => {
  await open({ logLimit: 1000, logTail: 500 });
  await run("a", "", python("for i in range(2000): print('%09d' % i)"));
  const text = await logText(backend, "a");
  expect(text.startsWith("000000000\n000000001\n")).toBe(true);
  expect(text.slice(0, 1000).endsWith("000000099\n")).toBe(true);
  expect(text.slice(1000, -500)).toBe("\n[flyte: 18500 bytes of this log were left out here]\n");
  expect(text.endsWith("000001999\n")).toBe(true);
});

describe("code of a fast registration", () => {
  const uri = "s3://b/fast1.tar.gz";
  const fast = (address: string) => ({
    command: [
      "pyflyte-fast-execute",
      "--additional-distribution",
      address,
      "--dest-dir",
      "/root",
      "--",
      "python",
      "-c",
      "import mod, os, sys; print(mod.x, os.getcwd() in sys.path, sys.argv[1:])",
      "--resolver",
      "r",
    ],
  });
  async function archive(name: string): Promise<Buffer> {
    const tar = pack();
    tar.entry({ name }, "x = 'from the archive'\n");
    tar.finalize();
    const parts: Uint8Array[] = [];
    for await (const part of tar as unknown as AsyncIterable<Uint8Array>) parts.push(part);
    return gzipSync(Buffer.concat(parts));
  }

  test("is fetched once for all attempts, also across restarts", async () => {
    const bytes = await archive("mod.py");
    const fetched: string[] = [];
    const fetchCode = async (address: string) => {
      fetched.push(address);
      return (async function* () {
        yield bytes;
      })();
    };
    await open({ fetchCode });
    const names = ["a", "b", "c"];
    for (const name of names) await backend.create(shellSpec(name, "", fast(uri)));
    const [place = ""] = await Promise.all(
      names.map(async (name) => {
        expect(await reaches(backend, name, "EXITED", "REFUSED", "LOST")).toMatchObject({ exitCode: 0 });
        return /'--dynamic-dest-dir', '([^']*)'/.exec(await logText(backend, name))?.[1];
      }),
    );
    expect(place.startsWith(join(directory.path, "code/"))).toBe(true);
    expect(await logText(backend, "a")).toBe(
      `from the archive True ['--dynamic-addl-distro', '${uri}', '--dynamic-dest-dir', '${place}', '--resolver', 'r']\n`,
    );
    await backend.close();
    await open({ fetchCode });
    expect(await run("d", "", fast(uri))).toMatchObject({ exitCode: 0 });
    expect(fetched).toEqual([uri]);
    expect((await readdir(join(directory.path, "code"))).filter((name) => !name.startsWith(".")).length).toBe(1);
  });

  test.each([
    ["escapes", uri, async () => archive("../mod.py"), 'the code archive was refused: "../mod.py" leaves the directory'],
    ["is torn", uri, async () => (await archive("mod.py")).subarray(0, 60), "the code archive is damaged"],
    [
      "is absent",
      uri,
      () => Promise.reject(new StatusError("NOT_FOUND", "no object")),
      `the code of this task, ${uri}, is not in the object store`,
    ],
    ["has no address yet", "{{ .remote_package_path }}", () => Promise.resolve(Buffer.alloc(0)), "which is no .tar.gz"],
  ] as const)("that %s is refused", async (_title, address, bytes, reason) => {
    await open({
      fetchCode: async () => {
        const body: Uint8Array = await bytes();
        return (async function* () {
          yield body;
        })();
      },
    });
    expect(await run("a", "", fast(address))).toMatchObject({ state: "REFUSED", reason: expect.stringContaining(reason) });
    expect(await readdir(join(directory.path, "code"))).toEqual([]);
    expect(await readdir(directory.path)).toEqual(expect.not.arrayContaining(["mod.py"]));
  });

  test("that cannot be fetched just now is no refusal", async () => {
    await open({ fetchCode: () => Promise.reject(new StatusError("UNAVAILABLE", "store is away")) });
    expect(await run("a", "", fast(uri))).toEqual({ state: "LOST", reason: "it could not be started: store is away" });
  });
});
