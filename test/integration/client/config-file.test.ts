import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../../src/client/config-file.ts";
import type { ConfigFlags } from "../../../src/client/config-file.ts";

let root: string;
let home: string;
let cwd: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "flyte-config-"));
  home = path.join(root, "home");
  cwd = path.join(root, "work");
  await mkdir(path.join(home, ".flyte"), { recursive: true });
  await mkdir(path.join(cwd, ".flyte"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const load = (flags: ConfigFlags = {}, env: Record<string, string> = {}): ReturnType<typeof loadConfig> =>
  loadConfig(flags, { env, cwd, home });
const homeFile = (): string => path.join(home, ".flyte/config.yaml");
const workFile = (): string => path.join(cwd, ".flyte/config.yaml");

test("without anything, the local deployment", async () => {
  expect(await load()).toMatchObject({
    endpoint: { value: "dns:///localhost:30080", source: "default" },
    insecure: { value: true, source: "default" },
    project: { value: "flytesnacks", source: "default" },
    domain: { value: "development", source: "default" },
    files: [],
  });
});

test("the layers win over each other value by value, and each value knows its source", async () => {
  await writeFile(
    homeFile(),
    "admin:\n  endpoint: dns:///home:1\n  insecure: true\n  caCertFilePath: /ca\nproject: hp\ntask:\n  domain: hd\n",
  );
  await writeFile(workFile(), "admin:\n  endpoint: dns:///work:2\n");
  expect(await load()).toMatchObject({
    endpoint: { value: "dns:///work:2", source: `${workFile()} (admin.endpoint)` },
    insecure: { value: true, source: `${homeFile()} (admin.insecure)` },
    caCertFilePath: { value: "/ca" },
    project: { value: "hp", source: `${homeFile()} (project)` },
    domain: { value: "hd", source: `${homeFile()} (task.domain)` },
    files: [workFile(), homeFile()],
  });
  const env = { FLYTE_PLATFORM_URL: "env:3", FLYTE_PLATFORM_INSECURE: "False" };
  expect(await load({}, env)).toMatchObject({
    endpoint: { value: "env:3", source: "FLYTE_PLATFORM_URL" },
    insecure: { value: false, source: "FLYTE_PLATFORM_INSECURE" },
  });
  expect(await load({ endpoint: "flag:4", insecure: true }, env)).toMatchObject({
    endpoint: { value: "flag:4", source: "--endpoint" },
    insecure: { value: true, source: "--insecure" },
  });
});

test("an endpoint that was named is spoken to with TLS unless something says otherwise", async () => {
  await writeFile(homeFile(), "admin:\n  endpoint: dns:///flyte.example\n");
  expect((await load()).insecure).toEqual({ value: false, source: "default" });
});

test("a named file takes the place of the others; its keys are read in any case", async () => {
  await writeFile(homeFile(), "admin:\n  endpoint: dns:///home:1\nproject: hp\n");
  const file = path.join(root, "sandbox.yaml");
  await writeFile(
    file,
    "Admin:\n  Endpoint: dns:///named:5\n  insecureskipverify: true\nstorage:\n  connection:\n    endpoint: http://localhost:30002\n    access-key: minio\n    secret-key: miniostorage\n",
  );
  for (const config of [
    await load({ config: file }),
    await load({}, { FLYTECTL_CONFIG: file }),
    await load({ config: "../sandbox.yaml" }),
  ]) {
    expect(config).toMatchObject({
      endpoint: { value: "dns:///named:5" },
      insecureSkipVerify: { value: true },
      storageEndpoint: { value: "http://localhost:30002" },
      storageSecretKey: { value: "miniostorage" },
      project: { value: "flytesnacks" },
      files: [file],
    });
  }
});

test.each([
  ["admin: [", "CONFIG_UNREADABLE"],
  ["- a\n", "CONFIG_UNREADABLE"],
  ["admin:\n  insecure: maybe\n", "CONFIG_INVALID"],
  ["admin:\n  endpoint: {a: b}\n", "CONFIG_INVALID"],
])("%j is %s and names the file", async (content, code) => {
  await writeFile(homeFile(), content);
  await expect(load()).rejects.toMatchObject({ code, blame: "usage", message: expect.stringContaining(homeFile()) as string });
});

test("a file that is named must be there", async () => {
  await expect(load({ config: "none.yaml" })).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
  await writeFile(workFile(), "");
  expect((await load()).files).toEqual([workFile()]);
});
