import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";

export default class Terminate extends ClientCommand {
  static override summary = "Abort an execution.";
  static override examples = [
    "<%= config.bin %> terminate f6a4b2c --cause 'wrong inputs'",
    "<%= config.bin %> terminate ex:flytesnacks:development:f6a4b2c",
  ];
  static override args = { execution: Args.string({ required: true, description: "URN or name" }) };
  static override flags = {
    cause: Flags.string({ summary: "Why; kept with the execution.", default: "terminated from the command line" }),
  };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Terminate);
    const { executionTarget } = await import("../cli/target.ts");
    const { formatUrn } = await import("../idl/urn.ts");
    const deployment = await this.deployment(flags);
    const id = executionTarget(args.execution, deployment);
    this.announce(deployment);
    await deployment.admin.terminateExecution({ id: { ...id }, cause: flags.cause });
    const urn = formatUrn({ kind: "execution", id });
    return { data: { urn, cause: flags.cause }, urns: [urn], text: () => `${urn} is being aborted\n` };
  }
}
