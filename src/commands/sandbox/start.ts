import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxStart extends FlyteCommand {
  static override summary = "Bring up a local Flyte deployment.";
  static override description =
    "Starts a whole Flyte in the background on this machine and returns when it answers. Data is kept between starts. When it runs already, this is its status. A project chooses the backend in ./.flyte/config.yaml: `sandbox:` with `backend: kind`.";
  static override examples = [
    "<%= config.bin %> sandbox start",
    "<%= config.bin %> sandbox start --name two",
    "<%= config.bin %> sandbox start --ephemeral --port-base 31000",
    "<%= config.bin %> sandbox start --python ./venv/bin/python",
    "<%= config.bin %> sandbox start --compute docker",
    "<%= config.bin %> sandbox start --backend kind --name cluster",
  ];
  static override flags = {
    name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }),
    backend: Flags.option({
      summary: "What it runs on; auto, the default, takes kind where it can be had.",
      options: ["auto", "embedded", "kind"] as const,
    })(),
    compute: Flags.option({
      summary: "What tasks of the embedded backend are: processes of this machine (default), or containers of a Docker engine.",
      options: ["local", "docker"] as const,
    })(),
    "data-dir": Flags.string({ summary: "Keep the data in DIR instead of ~/.flyte/sandboxes/NAME/data.", helpValue: "DIR" }),
    "port-base": Flags.integer({
      summary: "Move all ports: admin N+80 and N+81, object store N+2, kind's Postgres N+1 and registry N; for containers N+79, N+3.",
      helpValue: "N",
    }),
    database: Flags.string({ summary: "Where tables are kept: sqlite, or a Postgres database.", helpValue: "URL" }),
    ephemeral: Flags.boolean({ summary: "Remove everything at stop.", default: false }),
    foreground: Flags.boolean({ summary: "Stay, show the log, and stop at Ctrl-C." }),
    python: Flags.string({ summary: "Interpreter of Python tasks; default the active environment's, else python3.", helpValue: "PATH" }),
    plugin: Flags.string({
      summary: "A package or path with task plugins of your own; may be repeated, none for none.",
      helpValue: "MODULE",
      multiple: true,
    }),
    connector: Flags.string({
      summary: "A connector that runs tasks (pyflyte serve connector); may be repeated, none forgets them.",
      helpValue: "HOST:PORT",
      multiple: true,
    }),
    warm: Flags.boolean({
      summary: "Fork Python tasks from interpreters kept warm (Linux); --no-warm starts one for each.",
      default: true,
      allowNo: true,
    }),
    image: Flags.string({ summary: "Node image of kind; default kind's own.", helpValue: "IMAGE", helpGroup: "KIND" }),
    "engine-image": Flags.string({ summary: "Default flyte-engine of this version.", helpValue: "IMAGE", helpGroup: "KIND" }),
    "postgres-image": Flags.string({ summary: "Default postgres:17.", helpValue: "IMAGE", helpGroup: "KIND" }),
    "minio-image": Flags.string({ summary: "Default minio/minio:latest.", helpValue: "IMAGE", helpGroup: "KIND" }),
    "registry-image": Flags.string({
      summary: "Default registry:2; where that cannot be had, there is no registry.",
      helpValue: "IMAGE",
      helpGroup: "KIND",
    }),
    "kind-config": Flags.string({
      summary: "kind's configuration of the cluster; ports and mounts are added.",
      helpValue: "FILE",
      helpGroup: "KIND",
    }),
    mount: Flags.string({
      summary: "A directory that the node sees under the same path; may be repeated.",
      helpValue: "DIR",
      helpGroup: "KIND",
      multiple: true,
    }),
    timeout: Flags.integer({
      summary: "Seconds that each of Postgres, MinIO and the engine may take.",
      helpGroup: "KIND",
      default: 180,
      min: 1,
      max: 86_400,
    }),
    retain: Flags.boolean({ summary: "Leave what a failed start has made.", helpGroup: "KIND", default: false }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(SandboxStart);
    const [{ startSandbox }, { chosenBackend }, { chosenCompute }, { showProgress }] = await Promise.all([
      import("../../sandbox/start-sandbox.ts"),
      import("../../cli/settings/chosen-backend.ts"),
      import("../../cli/settings/chosen-compute.ts"),
      import("../../sandbox/show-progress.ts"),
    ]);
    const plan = {
      name: flags.name,
      ...(await chosenBackend(flags.backend, process.cwd())),
      ...(await chosenCompute(flags.compute, process.cwd())),
      dataDir: flags["data-dir"],
      portBase: flags["port-base"],
      database: flags.database,
      ephemeral: flags.ephemeral,
      python: flags.python,
      plugins: flags.plugin,
      connectors: flags.connector,
      warm: flags.warm,
      kind: {
        image: flags.image,
        engineImage: flags["engine-image"],
        postgresImage: flags["postgres-image"],
        minioImage: flags["minio-image"],
        registryImage: flags["registry-image"],
        config: flags["kind-config"],
        mounts: flags.mount,
        timeoutMs: flags.timeout * 1000,
        retain: flags.retain,
      },
      version: this.config.version,
    };
    const form = this.envelope ? "json" : flags.quiet ? "quiet" : process.stdout.isTTY && process.stderr.isTTY ? "tree" : "lines";
    const progress = showProgress(form, { line: (text) => this.progress(text), warning: (text) => this.warning(text) });
    const endpoints = await startSandbox(plan, progress.tell, this.signal).finally(() => progress.end());
    const { endpointsText } = await import("../../sandbox/endpoints-text.ts");
    if (flags.foreground) {
      this.progress(endpointsText(endpoints));
      const { stayUntilInterrupted } = await import("../../sandbox/foreground.ts");
      await stayUntilInterrupted(flags.name, this.signal, (text) => process.stderr.write(text));
    }
    return { data: endpoints, text: () => endpointsText(endpoints) };
  }
}
