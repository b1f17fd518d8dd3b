import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { Workspace, finished, python } from "./run-cli.ts";
import { scriptedDeployment } from "./scripted-deployment.ts";

const source = `
from flytekit import task, workflow, LaunchPlan
print("noise")
@task
def double(n: int) -> int:
    return 2 * n
@workflow
def wf(n: int = 3) -> int:
    return double(n=n)
lp = LaunchPlan.get_or_create(wf, name="other", auto_activate=True)
`;
const program = async (workspace: Workspace, text = source): Promise<void> => {
  await mkdir(path.join(workspace.directory, "flows"), { recursive: true });
  await writeFile(path.join(workspace.directory, "flows/__init__.py"), "");
  await writeFile(path.join(workspace.directory, "flows/main.py"), text);
};
const empty = async (): Promise<Uint8Array> => new Uint8Array();
const accepting = { CreateTask: empty, CreateWorkflow: empty, CreateLaunchPlan: empty, UpdateLaunchPlan: empty };
interface Reply {
  ok: boolean;
  data: { version: string; items: { urn: string; outcome: string; activated: boolean; error: { code: string } | null }[] };
  error: { code: string; message: string; details: { items: Reply["data"]["items"] } };
}
const reply = (stdout: string): Reply => JSON.parse(stdout) as Reply;

test("a Python package is loaded, its code uploaded, and its entities are sent in order", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(accepting);
  await program(workspace);
  const args = ["register", "flows", "--endpoint", deployment.endpoint, "-p", "proj", "-d", "dom", "--json"];
  const ran = await workspace.run(args);
  expect(ran.stderr).toContain(`deployment ${deployment.endpoint} (--endpoint), proj/dom`);
  expect(ran.stderr).toContain("noise");
  const { data } = reply(ran.stdout);
  expect(data.version).toMatch(/^[\w-]{22}$/);
  const named = (prefix: string, name: string): string => `${prefix}:proj:dom:${name}:${data.version}`;
  expect(data.items.map(({ urn, outcome, activated }) => [urn, outcome, activated])).toEqual([
    [named("tsk", "flows.main.double"), "registered", false],
    [named("wf", "flows.main.wf"), "registered", false],
    [named("lp", "flows.main.wf"), "registered", false],
    [named("lp", "other"), "registered", true],
  ]);
  expect(deployment.calls.map(({ method }) => method)).toEqual([
    "CreateUploadLocation",
    "CreateTask",
    "CreateWorkflow",
    "CreateLaunchPlan",
    "CreateLaunchPlan",
    "UpdateLaunchPlan",
  ]);
  const upload = deployment.calls[0]?.request as flyteidl.service.CreateUploadLocationRequest;
  const [[, archive] = ["", Buffer.alloc(0)]] = [...deployment.puts];
  expect(Buffer.from(upload.contentMd5).equals(createHash("md5").update(archive).digest())).toBe(true);
  expect(gunzipSync(archive).toString("latin1")).toContain("flows/main.py");
  const { id, spec } = (deployment.calls[1]?.request ?? {}) as flyteidl.admin.TaskCreateRequest.$Properties;
  expect(id).toMatchObject({ resourceType: 1, project: "proj", domain: "dom", name: "flows.main.double", version: data.version });
  expect(spec?.template?.container?.args?.slice(0, 5)).toEqual([
    "pyflyte-fast-execute",
    "--additional-distribution",
    `s3://bucket/${upload.filename}`,
    "--dest-dir",
    ".",
  ]);

  // The same code has the same version; a change gives another.
  expect(reply((await workspace.run(args)).stdout).data.version).toBe(data.version);
  await program(workspace, `${source}\n`);
  expect(reply((await workspace.run(args)).stdout).data.version).not.toBe(data.version);
});

test("what exists identically is unchanged; what is refused is listed, the rest is registered, and it ends with 4", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment({
    ...accepting,
    CreateTask: async () => {
      throw new StatusError("ALREADY_EXISTS", "exists");
    },
    CreateWorkflow: async () => {
      throw new StatusError("INVALID_ARGUMENT", "different structure");
    },
  });
  await program(workspace);
  const args = ["register", "flows", "--endpoint", deployment.endpoint];
  const outcomes = ["unchanged", "failed", "registered", "registered"];
  const json = await workspace.run([...args, "--json"]);
  expect(json.code).toBe(4);
  expect(reply(json.stdout).error.code).toBe("REGISTRATION_FAILED");
  expect(reply(json.stdout).error.details.items.map(({ outcome }) => outcome)).toEqual(outcomes);
  expect(reply(json.stdout).error.details.items[1]?.error).toEqual({ code: "INVALID_ARGUMENT", message: "different structure" });
  const table = await workspace.run(args);
  expect(table.code).toBe(4);
  expect(
    table.stdout
      .split("\n")
      .slice(1, 5)
      .map((line) => /\S+(?:, active)?$/.exec(line)?.[0]),
  ).toEqual(["unchanged", "failed", "registered", "registered, active"]);
  expect(table.stderr).toContain("different structure");
});

test("a dry run checks everything and calls nothing", async () => {
  await using workspace = await Workspace.make();
  await program(workspace);
  const ran = await workspace.run(["register", "flows", "--endpoint", "127.0.0.1:1", "--dry-run", "-o", "urn", "--version", "v7", "-q"]);
  expect(ran).toEqual({
    code: 0,
    stderr: "",
    stdout: [
      ["tsk", "flows.main.double"],
      ["wf", "flows.main.wf"],
      ["lp", "flows.main.wf"],
      ["lp", "other"],
    ]
      .map(([prefix, name]) => `${prefix}:flytesnacks:development:${name}:v7\n`)
      .join(""),
  });
});

test.each([
  ["def broken(:\n", "SyntaxError", "flows/main.py:1"],
  ["def f():\n    import absent_module\nf()\n", "No module named 'absent_module'", "flows/main.py:2 in f"],
  ["raise SystemExit(3)\n", "SystemExit: 3", "flows/main.py:1"],
])("a program that cannot be loaded (%j) shows the user's own frames, and nothing is sent", async (text, message, frame) => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(accepting);
  await program(workspace, text);
  const ran = await workspace.run(["register", "flows", "--endpoint", deployment.endpoint]);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(message);
  expect(ran.stderr).toContain(frame);
  expect(ran.stderr).not.toContain("serialize.py");
  expect(ran.stderr).not.toContain("importlib");
  expect(deployment.calls).toEqual([]);
});

test("an interpreter that is missing, or has no flytekit, is an error of the machine that names where it came from", async () => {
  await using workspace = await Workspace.make();
  await program(workspace);
  const missing = await workspace.run(["register", "flows", "--dry-run", "--python", "/absent/python"]);
  expect(missing.code).toBe(3);
  expect(missing.stderr).toContain("cannot run Python at /absent/python (from --python)");
  const bare = await workspace.run(["register", "flows", "--dry-run"], { FLYTE_PYTHON: "/usr/bin/python3", PYTHONNOUSERSITE: "1" });
  expect(bare.code).toBe(3);
  expect(bare.stderr).toContain("FLYTE_PYTHON");
});

test("a package of pyflyte is registered with its open places filled in", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(accepting);
  await program(workspace);
  const pyflyte = path.join(path.dirname(python), "pyflyte");
  execFileSync(pyflyte, ["--pkgs", "flows", "package", "--image", "img:1", "--fast", "--output", "p.tgz"], {
    cwd: workspace.directory,
    stdio: "ignore",
  });
  const ran = await workspace.run([
    "register",
    "p.tgz",
    "--endpoint",
    deployment.endpoint,
    "-p",
    "pp",
    "-d",
    "dd",
    "--version",
    "v1",
    "-o",
    "urn",
    "--destination-dir",
    "/code",
  ]);
  expect(ran.code).toBe(0);
  expect(ran.stdout.split("\n")).toContain("lp:pp:dd:other:v1");
  const [place, task, workflow] = deployment.calls.map(({ request }) => request);
  const { filename } = place as flyteidl.service.CreateUploadLocationRequest;
  const args = (task as flyteidl.admin.TaskCreateRequest).spec?.template?.container?.args ?? [];
  expect(args.slice(0, 3)).toEqual(["pyflyte-fast-execute", "--additional-distribution", `s3://bucket/${filename}`]);
  expect(args.join(" ")).not.toMatch(/remote_package_path|dest_dir/);
  const node = (workflow as flyteidl.admin.WorkflowCreateRequest).spec?.template?.nodes?.[0];
  expect(node?.taskNode?.referenceId).toMatchObject({ project: "pp", domain: "dd", name: "flows.main.double", version: "v1" });

  // Single files, taken out of the package: without code in them they are refused whole.
  await mkdir(path.join(workspace.directory, "out"));
  execFileSync("tar", ["-xzf", "p.tgz", "-C", "out"], { cwd: workspace.directory });
  const files = (await readdir(path.join(workspace.directory, "out")))
    .filter((name) => /_[23]\.pb$/.test(name))
    .map((name) => `out/${name}`);
  deployment.calls.length = 0;
  const single = await workspace.run(["register", ...files, "--endpoint", deployment.endpoint, "--version", "v2", "-o", "urn"]);
  expect(single.code).toBe(0);
  expect(deployment.calls.map(({ method }) => method)).toEqual(["CreateWorkflow", "CreateLaunchPlan", "CreateLaunchPlan"]);
  const whole = await readFile(path.join(workspace.directory, "p.tgz"));
  await writeFile(path.join(workspace.directory, "half.tgz"), whole.subarray(0, whole.length / 2));
  deployment.calls.length = 0;
  const half = await workspace.run(["register", ...files, "half.tgz", "--endpoint", deployment.endpoint]);
  expect(half.code).toBe(2);
  expect(half.stderr).toContain("half.tgz is not a package to register");
  expect(deployment.calls).toEqual([]);
});

test.each([
  ["escape", "printf x > a_1.pb; tar -czf p.tgz --transform 's,^,../,' -P a_1.pb", "leads out of it"],
  ["absolute", "printf x > a_1.pb; tar -czf p.tgz --transform 's,^,/,' -P a_1.pb", "leads out of it"],
  ["link", "ln -s /etc/passwd a_1.pb; tar -czf p.tgz a_1.pb", "is a symlink"],
  ["no archive", "printf hello > p.tgz", "is not a package"],
  ["nothing in it", "printf x > readme; tar -czf p.tgz readme", "it holds no .pb file"],
  ["another message", "printf '\\n\\003abc' > a_1.pb; tar -czf p.tgz a_1.pb", "p.tgz:a_1.pb is not a flyteidl.admin.TaskSpec"],
  ["an empty message", ": > a_3.pb; tar -czf p.tgz a_3.pb", "p.tgz:a_3.pb is not a flyteidl.admin.LaunchPlan"],
])("a bad package (%s) is refused before anything is sent", async (_, make, message) => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(accepting);
  execFileSync("sh", ["-c", make], { cwd: workspace.directory });
  const ran = await workspace.run(["register", "p.tgz", "--endpoint", deployment.endpoint]);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(message);
  expect(deployment.calls).toEqual([]);
});

test("Python's files are gone afterwards", async () => {
  const left = (await readdir(os.tmpdir())).filter((name) => name.startsWith("flyte-register-"));
  expect(left).toEqual([]);
});

test("a project that does not exist is told once, before anything is loaded or uploaded", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment({
    ...accepting,
    ListProjects: async ({ filters }: flyteidl.admin.ProjectListRequest.$Properties) => {
      const domains = [{ id: "development" }, { id: "staging" }];
      const projects = [
        { id: "flytesnacks", domains },
        { id: "team", domains },
      ];
      const named = /^eq\(identifier,(.*)\)$/.exec(filters ?? "")?.[1];
      return flyteidl.admin.Projects.encode({ projects: projects.filter(({ id }) => named === undefined || id === named) }).finish();
    },
  });
  await program(workspace);
  const args = ["register", "flows", "--endpoint", deployment.endpoint];
  const unknown = await workspace.run([...args, "-p", "flytesnack"]);
  expect(unknown).toMatchObject({ code: 4, stdout: "" });
  expect(unknown.stderr.split("\n").slice(1)).toEqual([
    "error: there is no project [flytesnack]",
    'hint: did you mean "flytesnacks"? projects: flytesnacks, team',
    "",
  ]);
  const domain = await workspace.run([...args, "-p", "team", "-d", "prod"]);
  expect(domain.stderr).toContain("error: project [team] has no domain [prod]\nhint: domains: development, staging\n");
  expect(new Set(deployment.calls.map(({ method }) => method))).toEqual(new Set(["ListProjects"]));
  expect((await workspace.run([...args, "-p", "team", "-d", "staging"])).code).toBe(0);
});

test("settings are in no process list and of any size, what the modules start does not hold the command, output keeps its characters", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(accepting);
  const [secret, scratch] = ["hush".repeat(25_000), path.join(workspace.directory, "scratch")];
  await mkdir(scratch);
  await program(
    workspace,
    `${source}
import signal, subprocess, sys
assert "hush" not in open("/proc/self/cmdline").read()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("sleeper", "w").write(str(subprocess.Popen(["sleep", "120"]).pid))
sys.stdout.buffer.write("${"é".repeat(100_001)}".encode())
`,
  );
  const started = Date.now();
  const env = ["--env", `TOKEN=${secret}`, "--env", `OTHER=${secret}`];
  const ran = await workspace.run(["register", "flows", "--endpoint", deployment.endpoint, ...env], { TMPDIR: scratch });
  expect(ran.code, ran.stderr.slice(-2000)).toBe(0);
  process.kill(Number(await readFile(path.join(workspace.directory, "sleeper"), "utf8")));
  expect(Date.now() - started).toBeLessThan(50_000);
  expect(ran.stderr).not.toContain("\ufffd");
  expect(await readdir(scratch)).not.toContainEqual(expect.stringMatching(/^flyte-register-/));
});

test("an exception shows the frames of the user's files alone, also where this package lies below them", async () => {
  await using workspace = await Workspace.make();
  const script = path.join(workspace.directory, "node_modules/flyte/dist/authoring/serialize.py");
  await mkdir(path.dirname(script), { recursive: true });
  await copyFile(fileURLToPath(new URL("../../../dist/authoring/serialize.py", import.meta.url)), script);
  await writeFile(path.join(workspace.directory, "broken.py"), "def fail():\n    raise KeyError('x')\n\nfail()\n");
  const settings = { paths: ["broken.py"], output: workspace.directory, copy: "auto", images: [], destinationDir: ".", env: {} };
  const child = spawn(python, [script], { cwd: workspace.directory, stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  (child.stdio[4] as Writable).end(`${JSON.stringify(settings)}\n`);
  const said = JSON.parse(await text(child.stdio[3] as Readable)) as { frames: { file: string; line: number }[]; message: string };
  expect(said.message).toBe("KeyError: 'x'");
  expect(said.frames.map(({ file, line }) => [path.basename(file), line])).toEqual([
    ["broken.py", 4],
    ["broken.py", 2],
  ]);
});

test("a link that leads out of the code is refused before anything is sent; one that stays goes along", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(accepting);
  await program(workspace);
  const at = (...names: string[]): string => path.join(workspace.directory, "flows", ...names);
  const register = () => workspace.run(["register", "flows", "--endpoint", deployment.endpoint, "--copy", "all"]);
  await writeFile(at("data.txt"), "x");
  await symlink("data.txt", at("again.txt"));
  expect(await register()).toMatchObject({ code: 0 });
  for (const target of ["/etc/hostname", at("main.py")]) {
    await rm(at("leaves.txt"), { force: true });
    await symlink(target, at("leaves.txt"));
    deployment.calls.length = 0;
    const ran = await register();
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`leaves.txt is a link to ${target}, which does not go with the code`);
    expect(deployment.calls.map(({ method }) => method)).not.toContain("CreateUploadLocation");
  }
});

test("Ctrl-C ends Python too, one that does not listen by force, and leaves no file", async () => {
  await using workspace = await Workspace.make();
  await using deployment = await scriptedDeployment(accepting);
  const [scratch, pids] = [path.join(workspace.directory, "scratch"), path.join(workspace.directory, "pid")];
  await mkdir(scratch);
  await program(
    workspace,
    `import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen(${JSON.stringify(pids)}, "w").write(str(os.getpid()))\nprint("here", flush=True)\ntime.sleep(60)\n`,
  );
  const child = workspace.start(["register", "flows", "--endpoint", deployment.endpoint], { TMPDIR: scratch });
  const ended = finished(child);
  await new Promise<void>((resolve) => {
    let said = "";
    child.stderr.on("data", (chunk: string) => {
      said += chunk;
      if (said.includes("here")) resolve();
    });
  });
  const since = Date.now();
  child.kill("SIGINT");
  expect((await ended).code).toBe(130);
  expect(Date.now() - since).toBeLessThan(8000);
  const pid = Number(await readFile(pids, "utf8"));
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(await readdir(scratch)).not.toContainEqual(expect.stringMatching(/^flyte-register-/));
});
