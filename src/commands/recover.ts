import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";
import { launchAgainArgs, launchAgainFlags } from "../cli/launch/launch-again-flags.ts";

export default class Recover extends ClientCommand {
  static override summary = "Start an execution again from where it failed.";
  static override description =
    "A new execution with the same inputs and versions takes over what has succeeded of it, and runs the rest; executions that it launched are recovered in turn.";
  static override examples = [
    "<%= config.bin %> recover f6a4b2c --watch",
    "<%= config.bin %> recover ex:flytesnacks:development:f6a4b2c --name second-try",
  ];
  static override args = launchAgainArgs;
  static override flags = launchAgainFlags;

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Recover);
    const { executionTarget } = await import("../cli/target.ts");
    const { executionIdOf } = await import("../idl/identifiers.ts");
    const { formatUrn } = await import("../idl/urn.ts");
    const { startedAnswer } = await import("../cli/launch/launch-answer.ts");
    const deployment = await this.deployment(flags);
    const id = executionTarget(args.execution, deployment);
    this.announce(deployment);
    const reply = await deployment.admin.recoverExecution({ id: { ...id }, name: flags.name ?? "" });
    const urn = formatUrn({ kind: "execution", id: executionIdOf(reply.id) });
    return startedAnswer(deployment.admin, urn, { ...flags, signal: this.signal, progress: (line) => this.progress(line) });
  }
}
