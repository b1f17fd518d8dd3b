import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createHash, generateKeyPairSync } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { isProgram } from "../../src/std/is-program.ts";
import { freePort } from "./free-port.ts";

/** The directory of etcd, kube-apiserver and kubectl (test/kube/build-programs.sh makes them); undefined when there is none. */
export function apiServerBinaries(): string | undefined {
  const candidates = [process.env["KUBEBUILDER_ASSETS"] ?? "", path.join(os.homedir(), ".cache", "flyte-kube", "bin")];
  return candidates.find(
    (directory) => directory !== "" && ["etcd", "kube-apiserver", "kubectl"].every((name) => isProgram(path.join(directory, name))),
  );
}

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
}

const token = "test-token-of-an-administrator";

/** Every call of a service account is written down. */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata", userGroups: ["system:serviceaccounts"] }, { level: "None" }],
};

/** A real API server on loopback, without nodes: what is created stays as it is until the test, as kubelet, patches its status. */
export class TestApiServer implements AsyncDisposable {
  readonly directory: string;
  readonly port: number;
  readonly #binaries: string;
  readonly #etcdPort: number;
  #etcd: ChildProcess | undefined;
  #server: ChildProcess | undefined;

  private constructor(binaries: string, directory: string, port: number, etcdPort: number) {
    this.#binaries = binaries;
    this.directory = directory;
    this.port = port;
    this.#etcdPort = etcdPort;
  }

  static async start(): Promise<TestApiServer> {
    const binaries = apiServerBinaries();
    if (binaries === undefined) throw new Error("there is no API server: run test/kube/build-programs.sh etcd kube-apiserver kubectl");
    const directory = mkdtempSync(path.join(os.tmpdir(), "flyte-api-server-"));
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(path.join(directory, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
    writeFileSync(path.join(directory, "tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
    const started = new TestApiServer(binaries, directory, await freePort(), await freePort());
    try {
      await started.#startEtcd();
      await started.up();
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
    return started;
  }

  async #startEtcd(): Promise<void> {
    const url = `http://127.0.0.1:${this.#etcdPort}`;
    this.#etcd = this.#spawn("etcd", {
      "data-dir": path.join(this.directory, "etcd"),
      "unsafe-no-fsync": "true",
      "log-level": "error",
      "listen-client-urls": url,
      "advertise-client-urls": url,
      "listen-peer-urls": "http://127.0.0.1:0",
    });
  }

  async up(): Promise<void> {
    const certificates = path.join(this.directory, "certs");
    const key = path.join(this.directory, "sa.key");
    const policy = path.join(this.directory, "audit-policy.json");
    writeFileSync(policy, JSON.stringify(auditPolicy));
    const server = this.#spawn("kube-apiserver", {
      "etcd-servers": `http://127.0.0.1:${this.#etcdPort}`,
      "cert-dir": certificates,
      "bind-address": "127.0.0.1",
      "secure-port": String(this.port),
      "service-cluster-ip-range": "10.96.0.0/16",
      "service-account-issuer": "https://kubernetes.default.svc",
      "service-account-key-file": key,
      "service-account-signing-key-file": key,
      "token-auth-file": path.join(this.directory, "tokens.csv"),
      "authorization-mode": "RBAC",
      "audit-policy-file": policy,
      "audit-log-path": path.join(this.directory, "audit.log"),
      // No controllers run that would make service accounts.
      "disable-admission-plugins": "ServiceAccount",
    });
    let log = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log = `${log}${text}`.slice(-5000);
    });
    this.#server = server;
    for (let tries = 0; ; tries++) {
      if (server.exitCode !== null || tries > 600) throw new Error(`kube-apiserver did not become ready: ${log}`);
      if (await this.#isReady()) return;
      await sleep(100);
    }
  }

  /** SIGKILL: nobody is told. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await end(server);
  }

  /** A kubeconfig file; through `port` when something stands before the server, with another's token where one is given. */
  kubeconfig(port = this.port, user = token): string {
    const file = path.join(
      this.directory,
      `kubeconfig-${port}${user === token ? "" : `-${createHash("sha256").update(user).digest("hex")}`}`,
    );
    const ca = path.join(this.directory, "certs", "apiserver.crt");
    writeFileSync(
      file,
      JSON.stringify({
        "current-context": "test",
        clusters: [{ name: "test", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": ca } }],
        users: [{ name: "admin", user: { token: user } }],
        contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
      }),
      { mode: 0o600 },
    );
    return file;
  }

  /** Anything else that is to be asked or done, apart from the code under test. */
  async call(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    at: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const ca = readFileSync(path.join(this.directory, "certs", "apiserver.crt"), "utf8");
    const agent = new Agent({ connect: { ca } });
    try {
      const answer = await request(`https://127.0.0.1:${this.port}${at}`, {
        dispatcher: agent,
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body && { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, body: text.startsWith("{") ? (JSON.parse(text) as unknown) : text };
    } finally {
      await agent.destroy();
    }
  }

  /** What a service account has asked for so far, each time: `pods create`, `pods/log get`. */
  audited(account: string): readonly string[] {
    const lines = readFileSync(path.join(this.directory, "audit.log"), "utf8").trim().split("\n");
    const calls = lines
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ user }) => user.username === `system:serviceaccount:${account}`);
    return calls.flatMap(({ verb, objectRef }) =>
      objectRef ? [`${[objectRef.resource, objectRef.subresource].filter((part) => part !== undefined).join("/")} ${verb}`] : [],
    );
  }

  async namespace(name: string): Promise<void> {
    const { status } = await this.call("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    if (status !== 201) throw new Error(`namespace ${name}: ${status}`);
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await this.call("GET", "/readyz")).status === 200;
    } catch {
      return false;
    }
  }

  #spawn(name: string, flags: Readonly<Record<string, string>>): ChildProcess {
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    return spawn(path.join(this.#binaries, name), args, { cwd: this.directory, stdio: ["ignore", "ignore", "pipe"] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await end(this.#etcd);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
