import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { freePort } from "../../support/free-port.ts";
import { finished, Workspace } from "./run-cli.ts";

const secret = "not-to-be-seen-anywhere";

async function configured(workspace: Workspace, more: string): Promise<number> {
  const port = await freePort();
  const lines = ["name: here", "dataDir: data", `ports: [${port}]`];
  const objects = `objects: { store: files, port: ${await freePort()}, accessKey: minio, secretKey: { env: OBJECTS_SECRET } }`;
  await writeFile(path.join(workspace.directory, "flyte.yaml"), [...lines, objects, more, ""].join("\n"));
  return port;
}

async function healthy(port: number): Promise<boolean> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await pause(50)) {
    const answer = await fetch(`http://localhost:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) return true;
  }
  return false;
}

test("it serves what a YAML file describes until it is asked to end, and logs lines of JSON", async () => {
  await using workspace = await Workspace.make();
  const port = await configured(workspace, "limits: { maxWorkflowNodes: 5 }");
  const child = workspace.start(["serve", "--config", "flyte.yaml", "--quiet"], { OBJECTS_SECRET: secret });
  const done = finished(child);
  expect(await healthy(port)).toBe(true);
  const reply = await fetch(`http://localhost:${port}/api/v1/projects`);
  expect(((await reply.json()) as { projects: { id: string }[] }).projects.map(({ id }) => id)).toEqual(["flytesnacks"]);
  // One data directory is for one process.
  const second = await workspace.run(["serve", "--config", "flyte.yaml", "--json"], { OBJECTS_SECRET: secret });
  expect(second.code).toBe(3);
  expect(JSON.parse(second.stdout)).toMatchObject({ ok: false, error: { code: "DATA_DIR_LOCKED" } });
  child.kill("SIGTERM");
  const { code, stdout, stderr } = await done;
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  const log = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: string; message: string });
  expect(log.map(({ message }) => message)).toEqual(["serving", "ending", "ended"]);
  expect(stderr + second.stdout + second.stderr).not.toContain(secret);
});

test("logLevel: warn leaves out what is no trouble", async () => {
  await using workspace = await Workspace.make();
  const port = await configured(workspace, "logLevel: warn");
  const child = workspace.start(["serve", "--config", "flyte.yaml", "--quiet"], { OBJECTS_SECRET: secret });
  const done = finished(child);
  expect(await healthy(port)).toBe(true);
  child.kill("SIGINT");
  expect(await done).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("all that is wrong with a configuration is told at once, with what to do", async () => {
  await using workspace = await Workspace.make();
  await configured(workspace, 'limts: { maxWorkflowNodes: 5 }\nwarm: "no"');
  const { code, stdout, stderr } = await workspace.run(["serve", "--config", "flyte.yaml"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toBe(`error: flyte.yaml does not say how to serve:
  limts: there is no such key; did you mean limits?
  objects.secretKey: the environment has no OBJECTS_SECRET
  warm: "no" is not true or false
hint: correct what is named; docs/serve.md has every key, and examples
`);
});

test.for([
  { what: "no file", args: ["--config", "none.yaml"], code: 2, says: /none\.yaml/ },
  { what: "no flag", args: [], code: 2, says: /config/ },
  { what: "broken YAML", args: ["--config", "broken.yaml"], code: 2, says: /broken\.yaml does not say how to serve:\n {2}\S/ },
  {
    what: "unknown role",
    args: ["--config", "flyte.yaml", "--role", "admin,schedular"],
    code: 2,
    says: /"admin,schedular" names no roles/,
  },
  {
    what: "a role apart without Postgres",
    args: ["--config", "flyte.yaml", "--role", "admin"],
    code: 2,
    says: /database: it must be given, since not all roles run here/,
  },
])("$what: refused", async ({ args, code, says }) => {
  await using workspace = await Workspace.make();
  await configured(workspace, "");
  await writeFile(path.join(workspace.directory, "broken.yaml"), "name: [");
  const ran = await workspace.run(["serve", ...args], { OBJECTS_SECRET: secret });
  expect(ran.code).toBe(code);
  expect(ran.stderr).toMatch(says);
});

test("a taken port is this machine's matter, and nothing stays behind", async () => {
  await using workspace = await Workspace.make();
  const port = await configured(workspace, "");
  const other = createServer().listen(port, "127.0.0.1");
  await once(other, "listening");
  try {
    const ran = await workspace.run(["serve", "--config", "flyte.yaml", "--json"], { OBJECTS_SECRET: secret });
    expect(ran.code).toBe(3);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: "PORT_TAKEN", message: expect.stringContaining(String(port)) } });
  } finally {
    other.close();
  }
});
