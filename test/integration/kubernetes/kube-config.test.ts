import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubeConnection } from "../../../src/compute/kubernetes/kube-config.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "flyte-kubeconfig-"));
  writeFileSync(path.join(directory, "token"), "from-file\n");
  writeFileSync(path.join(directory, "ca.crt"), "CA");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const config = `
current-context: kind
contexts:
  - {name: kind, context: {cluster: c, user: certificate}}
  - {name: file, context: {cluster: plain, user: file}}
  - {name: token, context: {cluster: plain, user: token}}
  - {name: program, context: {cluster: c, user: program}}
  - {name: nobody, context: {cluster: c, user: absent}}
clusters:
  - {name: c, cluster: {server: "https://127.0.0.1:6443/", certificate-authority-data: ${base64("PEM CA")}}}
  - {name: plain, cluster: {server: "https://h", certificate-authority: ca.crt, insecure-skip-tls-verify: true}}
users:
  - {name: certificate, user: {client-certificate-data: ${base64("PEM CERT")}, client-key-data: ${base64("PEM KEY")}}}
  - {name: file, user: {tokenFile: token}}
  - {name: token, user: {token: secret}}
  - {name: program, user: {exec: {command: aws}}}
`;

function file(text: string): string {
  const name = path.join(directory, "config");
  writeFileSync(name, text);
  return name;
}

test("the current context, with a certificate", async () => {
  const { token, ...connection } = await kubeConnection(file(config));
  expect(connection).toEqual({ server: "https://127.0.0.1:6443", ca: "PEM CA", cert: "PEM CERT", key: "PEM KEY", insecure: false });
  expect(await token()).toBeUndefined();
});

test("another context, whose token is read again each time; files lie beside the kubeconfig", async () => {
  const { token, ...connection } = await kubeConnection(file(config), "file");
  expect(connection).toEqual({ server: "https://h", ca: "CA", insecure: true });
  expect(await token()).toBe("from-file");
  writeFileSync(path.join(directory, "token"), "renewed");
  expect(await token()).toBe("renewed");
  expect(await (await kubeConnection(file(config), "token")).token()).toBe("secret");
});

test.for([
  ["program", config, "its user logs in by exec, which is not supported"],
  ["nobody", config, "there is no user absent"],
  ["other", config, "there is no context other"],
  [undefined, "", "there is no context undefined"],
  [undefined, "{", "Flow map"],
] as const)("%s is refused with the reason", async ([context, text, reason]) => {
  await expect(kubeConnection(file(text), context)).rejects.toMatchObject({
    code: "KUBECONFIG_INVALID",
    message: expect.stringContaining(reason) as string,
  });
  await expect(kubeConnection(path.join(directory, "absent"))).rejects.toMatchObject({ code: "KUBECONFIG_INVALID" });
});
