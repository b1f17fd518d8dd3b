import * as Flags from "@oclif/core/flags";
import { type Answer, streamed } from "../cli/answer.ts";
import { FlyteCommand } from "../cli/flyte-command.ts";
import { FlyteError } from "../std/errors.ts";

export default class Serve extends FlyteCommand {
  static override summary = "Run Flyte's engine, or some of its roles, in the foreground.";
  static override description =
    "What it serves stands in a configuration file: docs/serve.md has every key. Its log goes to stderr, a line of JSON each. SIGTERM or Ctrl-C end it in order: calls in flight are answered, what is under way is taken up again at the next start.";
  static override examples = [
    "<%= config.bin %> serve --config flyte.yaml",
    "<%= config.bin %> serve --config admin.yaml --role admin,datacatalog",
    "<%= config.bin %> serve --config propeller.yaml --role propeller",
  ];
  static override flags = {
    config: Flags.string({ summary: "Configuration, YAML or JSON.", helpValue: "FILE", required: true }),
    role: Flags.string({
      summary:
        "What runs here: admin, propeller, datacatalog, scheduler, with commas between, or all; default: what the configuration says.",
      helpValue: "ROLES",
    }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Serve);
    // The engine is a bundle of its own, with all of flyteidl.
    const { serve } = await import("../host/daemon.ts");
    const failure = await serve({
      config: flags.config,
      ...(flags.role !== undefined && { role: flags.role }),
      version: this.config.version,
      ready: (ports) => this.progress(`Serving on ${ports.map((port) => `localhost:${port}`).join(", ")}`),
    });
    if (failure) throw new FlyteError({ ...failure });
    return streamed;
  }
}
