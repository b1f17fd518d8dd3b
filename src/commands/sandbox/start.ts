import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxStart extends FlyteCommand {
  static override summary = "Bring up a local Flyte deployment.";
  static override description =
    "Starts a whole Flyte in the background on this machine and returns when it answers. Data is kept between starts. When it runs already, this is its status.";
  static override examples = [
    "<%= config.bin %> sandbox start",
    "<%= config.bin %> sandbox start --name two",
    "<%= config.bin %> sandbox start --ephemeral --port-base 31000",
    "<%= config.bin %> sandbox start --python ./venv/bin/python",
  ];
  static override flags = {
    name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }),
    backend: Flags.option({ summary: "What it runs on; auto takes the best there is.", options: ["auto", "embedded", "kind"] as const })({
      default: "auto",
    }),
    "data-dir": Flags.string({ summary: "Keep the data in DIR instead of ~/.flyte/sandboxes/NAME/data.", helpValue: "DIR" }),
    "port-base": Flags.integer({ summary: "Move all ports: admin N+80 and N+81, object store N+2.", helpValue: "N" }),
    database: Flags.string({ summary: "Where tables are kept: sqlite, or a Postgres database.", helpValue: "URL" }),
    ephemeral: Flags.boolean({ summary: "Remove everything at stop.", default: false }),
    foreground: Flags.boolean({ summary: "Stay, show the log, and stop at Ctrl-C." }),
    python: Flags.string({ summary: "Interpreter of Python tasks; default the active environment's, else python3.", helpValue: "PATH" }),
    warm: Flags.boolean({
      summary: "Fork Python tasks from interpreters kept warm (Linux); --no-warm starts one for each.",
      default: true,
      allowNo: true,
    }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(SandboxStart);
    const { startSandbox } = await import("../../sandbox/start-sandbox.ts");
    const plan = {
      name: flags.name,
      backend: flags.backend,
      dataDir: flags["data-dir"],
      portBase: flags["port-base"],
      database: flags.database,
      ephemeral: flags.ephemeral,
      python: flags.python,
      warm: flags.warm,
      version: this.config.version,
    };
    const endpoints = await startSandbox(plan, (event) =>
      event.type === "warning" ? this.warning(event.message) : event.status === "done" && this.progress(event.message),
    );
    const { endpointsText } = await import("../../sandbox/endpoints-text.ts");
    if (flags.foreground) {
      this.progress(endpointsText(endpoints));
      const { stayUntilInterrupted } = await import("../../sandbox/foreground.ts");
      await stayUntilInterrupted(flags.name, this.signal, (text) => process.stderr.write(text));
    }
    return { data: endpoints, text: () => endpointsText(endpoints) };
  }
}
