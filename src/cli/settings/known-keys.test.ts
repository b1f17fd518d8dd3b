import { expect, test } from "vitest";
import { unknownKeys } from "./known-keys.ts";

// As `flytectl config init`, `flytectl demo start` and flytekit's documentation write them.
const right = [
  "admin.endpoint",
  "admin.insecure",
  "admin.INSECURESKIPVERIFY",
  "admin.cacertfilepath",
  "admin.authType",
  "admin.clientId",
  "admin.clientSecretLocation",
  "admin.pkceConfig.timeout",
  "admin.command",
  "admin.proxyCommand",
  "admin.httpProxyURL",
  "console.endpoint",
  "logger.show-source",
  "logger.level",
  "logger.formatter.type",
  "storage.type",
  "storage.container",
  "storage.stow.kind",
  "storage.stow.config.whatever",
  "storage.connection.access-key",
  "storage.connection.disable-ssl",
  "storage.cache.max_size_mbs",
  "project",
  "domain",
  "task.project",
  "files.k8ServiceAccount",
  "files.outputLocationPrefix",
  "images.my_image",
];

test("what flytectl and flytekit write is known", () => {
  expect(unknownKeys(right)).toEqual([]);
});

test.each([
  ["admin.endpont", "admin.endpoint"],
  ["admin.insecur", "admin.insecure"],
  ["admn.endpoint", "admin"],
  ["porject", "project"],
  ["endpoint", "admin.endpoint"],
  ["storage.conection.endpoint", "storage.connection"],
  ["storage.connection.acess-key", "storage.connection.access-key"],
  ["xyzzy", undefined],
])("%s is meant for %s", (key, near) => {
  const [only, ...rest] = unknownKeys([key]);
  expect(rest).toEqual([]);
  expect(key.startsWith(only?.key ?? "?")).toBe(true);
  expect(only?.near).toBe(near);
});

test("a misspelt section is told once", () => {
  expect(unknownKeys(["admn.endpoint", "admn.insecure"])).toEqual([{ key: "admn", near: "admin" }]);
});
