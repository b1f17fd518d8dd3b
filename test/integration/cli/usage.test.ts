import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { processIdentity } from "../../../src/std/process-identity.ts";
import { Workspace } from "./run-cli.ts";

const nobody = "127.0.0.1:1";
const parsed = (text: string): unknown => JSON.parse(text);

test.each([
  [["nope"], 2, 'there is no command "nope"'],
  [["get", "task", "--nope"], 2, "Nonexistent flag: --nope"],
  [["register"], 2, "Missing 1 required arg"],
  [["register", "absent.py"], 2, "absent.py does not exist"],
  [["get", "task", "wf:a:b:c"], 2, "[wf:a:b:c] names no task"],
  [["get", "task", "--sort-by", "x y"], 2, "--sort-by x y is not KEY"],
  [["launch", "x", "--input", "novalue", "--endpoint", nobody], 2, "--input novalue is not NAME=VALUE"],
  [["get", "task", "-c", "absent.yaml"], 2, "absent.yaml (from --config)"],
  [["get", "task", "--sandbox=gone"], 2, "there is no sandbox named gone"],
  [["get", "task", "--sandbox"], 2, "there is no sandbox named flyte"],
  [["get", "task", "--endpoint", "a b"], 2, "is not the endpoint"],
  [["get", "task", "--endpoint", nobody], 4, "nothing listens there"],
] as const)("%j ends with %d and says so, in lines and as JSON", async (args, code, message) => {
  await using workspace = await Workspace.make();
  const plain = await workspace.run(args);
  expect(plain).toMatchObject({ code, stdout: "" });
  expect(plain.stderr).toContain(message);
  expect(plain.stderr).toMatch(/^hint: ./m);
  const json = await workspace.run([...args, "--json"]);
  expect(json.code).toBe(code);
  expect(parsed(json.stdout)).toEqual({
    ok: false,
    error: {
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/./),
      details: expect.any(Object),
    },
  });
});

test.each([
  [["lunch", "wf.x"], "did you mean: flyte launch"],
  [["get", "tsk"], "did you mean: flyte get task"],
  [["get", "nonsense"], "flyte get knows: execution, launch-plan, node-execution, project, task"],
  [["launch", "x", "--insecur"], "did you mean --insecure?"],
  [["get", "task", "-o", "jsn"], "did you mean json?"],
  [["get", "task", "x", "--sandbox", "demo"], "a sandbox is named as --sandbox=demo"],
  [["launch", "x", "--inputs-file", "absent.yaml", "--endpoint", nobody], "write inputs as YAML or JSON, e.g. a line `n: 3`, into a file"],
] as const)("%j says what may have been meant", async (args, hint) => {
  await using workspace = await Workspace.make();
  const ran = await workspace.run(args);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr.split("\n").find((line) => line.startsWith("hint: "))).toContain(hint);
});

test("a key of a configuration file that nothing reads is told with the one it is like, on stderr; flytectl's own are not", async () => {
  await using workspace = await Workspace.make();
  await mkdir(path.join(workspace.directory, ".flyte"));
  const file = path.join(workspace.directory, ".flyte/config.yaml");
  await writeFile(file, "admin:\n  endpont: dns:///remote.example:443\n  clientId: me\nstorage:\n  stow:\n    kind: s3\n");
  for (const args of [
    ["config", "show"],
    ["get", "task"],
  ]) {
    const { stderr } = await workspace.run(args);
    expect(stderr.split("\n").filter((line) => line.startsWith("warning: "))).toEqual([
      `warning: ${file}: nothing reads the key admin.endpont; did you mean admin.endpoint?`,
    ]);
  }
  const doctor = await workspace.run(["doctor", "--json"]);
  expect(doctor.stdout).toContain("did you mean admin.endpoint?");
});

test("where nothing listens, the sandboxes that run are named; a sandbox's name after a bare --sandbox is refused", async () => {
  await using workspace = await Workspace.make();
  const record = async (name: string, pid: number, identity: string | undefined): Promise<void> => {
    const folder = path.join(workspace.directory, ".flyte/sandboxes", name);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "sandbox.json"), JSON.stringify({ daemon: { pid, identity } }));
  };
  const ask = ["get", "execution", "--endpoint", nobody];
  expect((await workspace.run(ask)).stderr).toContain("hint: start a local deployment with: flyte sandbox start");
  await record("flyte", process.pid, processIdentity(process.pid));
  await record("team", process.pid, processIdentity(process.pid));
  await record("gone", process.pid, "another");
  const { stderr, code } = await workspace.run(ask);
  expect(code).toBe(4);
  expect(stderr).toContain("nothing listens there (the endpoint is from --endpoint)");
  expect(stderr).toContain(
    `hint: the sandboxes flyte, team run: add --sandbox or --sandbox=team, or once: export FLYTECTL_CONFIG=${workspace.directory}/.flyte/sandboxes/flyte/config.yaml`,
  );
  const word = await workspace.run(["get", "execution", "--sandbox", "team"]);
  expect(word.code).toBe(2);
  expect(word.stderr).toContain("hint: write --sandbox=team, or put the argument team before --sandbox");
});

test("help goes to stdout and ends with 0; every command has a summary and an example", async () => {
  await using workspace = await Workspace.make();
  const root = fileURLToPath(new URL("../../../src/commands", import.meta.url));
  const own = /^(register|launch|watch|doctor|logs|terminate|(get|cache|config)\/.*)\.ts$/;
  const files = (await readdir(root, { recursive: true })).filter((file) => own.test(file.split(path.sep).join("/")));
  expect(files.length).toBe(18);
  for (const file of files) {
    const ran = await workspace.run([...file.replace(/\.ts$/, "").split(path.sep), "--help"]);
    expect(ran, file).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout, file).toContain("EXAMPLES");
    expect(ran.stdout, file).toContain("GLOBAL FLAGS");
  }
});

test("settings come from flags, then variables, then the folder's file, then the home's, each with its source", async () => {
  await using workspace = await Workspace.make();
  const show = async (args: readonly string[] = [], env: Record<string, string> = {}): Promise<Record<string, string>> => {
    const { stdout } = await workspace.run(["config", "show", "--json", ...args], env);
    const { data } = parsed(stdout) as { data: { items: { key: string; value: unknown; source: string }[] } };
    return Object.fromEntries(
      data.items.map(({ key, value, source }) => [key, `${String(value)} <- ${source.replace(workspace.directory, "~")}`]),
    );
  };
  expect(await show()).toMatchObject({
    "admin.endpoint": "localhost:30080 <- default",
    "admin.insecure": "true <- default for this machine",
    project: "flytesnacks <- default",
  });
  // Who says how its certificate is to be held expects TLS of this machine too.
  for (const [name, value] of [
    ["FLYTE_PLATFORM_CA_CERT_FILE_PATH", "/ca.pem"],
    ["FLYTE_PLATFORM_INSECURE_SKIP_VERIFY", "true"],
  ] as const)
    expect(await show([], { FLYTE_PLATFORM_URL: "localhost:9", [name]: value })).toMatchObject({ "admin.insecure": "false <- default" });

  await mkdir(path.join(workspace.directory, ".flyte"));
  await writeFile(
    path.join(workspace.directory, ".flyte/config.yaml"),
    "admin:\n  endpoint: dns:///remote.example:443\n  caCertFilePath: /ca.pem\nproject: 'from file'\n",
  );
  const fromFile = "~/.flyte/config.yaml";
  expect(await show()).toMatchObject({
    "admin.endpoint": `dns:///remote.example:443 <- ${fromFile}`,
    "admin.insecure": "false <- default",
    "admin.caCertFilePath": `/ca.pem <- ${fromFile}`,
    project: `from file <- ${fromFile}`,
  });
  const variables = { FLYTE_PLATFORM_URL: "other:1", FLYTE_PLATFORM_INSECURE: "true", FLYTE_DEFAULT_PROJECT: "v" };
  // The certificate of the file belongs to the file's endpoint, not to the variable's.
  expect(await show([], variables)).toMatchObject({
    "admin.endpoint": "other:1 <- FLYTE_PLATFORM_URL",
    "admin.insecure": "true <- FLYTE_PLATFORM_INSECURE",
    "admin.caCertFilePath": "null <- unset",
    project: "v <- FLYTE_DEFAULT_PROJECT",
  });
  expect(await show(["-p", "f", "--endpoint", "h:2", "--no-insecure"], variables)).toMatchObject({
    "admin.endpoint": "h:2 <- --endpoint",
    "admin.insecure": "false <- --no-insecure",
    project: "f <- --project",
  });
  await writeFile(path.join(workspace.directory, "chosen.yaml"), '{"admin": {"endpoint": "chosen:9", "insecure": true}}');
  expect(await show(["-c", "chosen.yaml"], variables)).toMatchObject({
    "admin.endpoint": "chosen:9 <- ~/chosen.yaml",
    "admin.insecure": "true <- ~/chosen.yaml",
  });
  expect(await show([], { FLYTECTL_CONFIG: "chosen.yaml" })).toMatchObject({ "admin.endpoint": "chosen:9 <- ~/chosen.yaml" });
});
