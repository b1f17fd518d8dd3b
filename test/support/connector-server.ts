import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { freePort } from "./free-port.ts";
import { type Endpoints, type Home, testPython } from "./test-sandbox.ts";
import { workspace } from "./conformance-driver.ts";

/** The real `pyflyte serve connector` with the connectors of workspace/connected, on one port whenever it runs. */
export class ConnectorServer implements AsyncDisposable {
  readonly port: number;
  readonly #home: Home;
  readonly #journal: string;
  #process: ReturnType<typeof spawn> | undefined;

  private constructor(home: Home, port: number) {
    this.#home = home;
    this.port = port;
    this.#journal = path.join(home.directory, "connector-journal");
  }

  static async make(home: Home): Promise<ConnectorServer> {
    return new ConnectorServer(home, await freePort());
  }

  get endpoint(): string {
    return `localhost:${this.port}`;
  }

  /** Resolves when it serves. With `endpoints` its connectors know the object store. */
  async start(endpoints?: Endpoints): Promise<void> {
    const store = endpoints && {
      FLYTE_AWS_ENDPOINT: endpoints.blob.endpoint,
      FLYTE_AWS_ACCESS_KEY_ID: endpoints.blob.accessKey,
      FLYTE_AWS_SECRET_ACCESS_KEY: endpoints.blob.secretKey,
    };
    const ports = ["--port", String(this.port), "--prometheus_port", String(await freePort())];
    const child = spawn(
      path.join(path.dirname(testPython()), "pyflyte"),
      ["serve", "connector", ...ports, "--modules", "connected.connectors"],
      {
        cwd: workspace,
        env: { ...this.#home.env, ...store, CONNECTOR_JOURNAL: this.#journal, PYTHONDONTWRITEBYTECODE: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#process = child;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      const hear = (part: Buffer): void => {
        said += part.toString();
        // What is printed last before it serves.
        if (said.includes("└")) resolve();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => reject(new Error(`the connector ended with ${code}: ${said}`)));
    });
  }

  /** At once, as a machine that fails. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  /** What the connectors were asked, in order. */
  get journal(): readonly { readonly what: string; readonly x: number; readonly [key: string]: unknown }[] {
    if (!existsSync(this.#journal)) return [];
    const lines = readFileSync(this.#journal, "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as { what: string; x: number });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
