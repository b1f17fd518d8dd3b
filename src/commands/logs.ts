import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";

export default class Logs extends ClientCommand {
  static override summary = "Print what tasks wrote to their logs.";
  static override description =
    "Of a task execution, of all attempts of a node, or of a whole execution. Logs that lie outside of the deployment are shown by address. Several logs are written one after the other, each under a line ==> NODE TASK, attempt N <==; the log of one task execution as it is.";
  static override examples = ["<%= config.bin %> logs f6a4b2c", "<%= config.bin %> logs ne:flytesnacks:development:f6a4b2c:n0 -f"];
  static override args = {
    target: Args.string({ required: true, description: "URN of an execution, node execution or task execution; or name of an execution" }),
  };
  static override flags = { follow: Flags.boolean({ char: "f", summary: "Go on until it has ended." }) };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Logs);
    const { runTarget } = await import("../cli/target.ts");
    const { printLogs } = await import("../cli/logs/print-logs.ts");
    const deployment = await this.deployment(flags);
    const collect = this.envelope || this.format !== "table";
    return printLogs(deployment, runTarget(args.target, deployment), {
      follow: flags.follow,
      collect,
      signal: this.signal,
      notice: (line) => this.progress(line),
    });
  }
}
