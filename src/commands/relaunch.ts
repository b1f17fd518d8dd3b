import * as Flags from "@oclif/core/flags";
import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";
import { launchAgainArgs, launchAgainFlags } from "../cli/launch/launch-again-flags.ts";

export default class Relaunch extends ClientCommand {
  static override summary = "Start an execution again from its beginning.";
  static override description = "A new execution with the same inputs, versions and settings. To keep what has succeeded, recover it.";
  static override examples = ["<%= config.bin %> relaunch f6a4b2c --wait", "<%= config.bin %> relaunch f6a4b2c --overwrite-cache"];
  static override args = launchAgainArgs;
  static override flags = {
    ...launchAgainFlags,
    "overwrite-cache": Flags.boolean({ summary: "Run cached tasks again, and replace what is cached." }),
  };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Relaunch);
    const { executionTarget } = await import("../cli/target.ts");
    const { executionIdOf } = await import("../idl/identifiers.ts");
    const { formatUrn } = await import("../idl/urn.ts");
    const { startedAnswer } = await import("../cli/launch/launch-answer.ts");
    const deployment = await this.deployment(flags);
    const id = executionTarget(args.execution, deployment);
    this.announce(deployment);
    const overwriteCache = flags["overwrite-cache"];
    const reply = await deployment.admin.relaunchExecution({ id: { ...id }, name: flags.name ?? "", overwriteCache });
    const urn = formatUrn({ kind: "execution", id: executionIdOf(reply.id) });
    return startedAnswer(deployment.admin, urn, { ...flags, signal: this.signal, progress: (line) => this.progress(line) });
  }
}
