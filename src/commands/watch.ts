import * as Args from "@oclif/core/args";
import type { Answer } from "../cli/answer.ts";
import { streamed } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";

export default class Watch extends ClientCommand {
  static override summary = "Follow an execution until it ends.";
  static override description =
    "Prints a line for each phase change; with --json an object a line. Exits 5 when the execution fails or is aborted.";
  static override examples = ["<%= config.bin %> watch f6a4b2c", "<%= config.bin %> watch ex:flytesnacks:development:f6a4b2c --json"];
  static override args = { execution: Args.string({ required: true, description: "URN or name" }) };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Watch);
    const { executionTarget } = await import("../cli/target.ts");
    const { followExecution } = await import("../cli/watch/follow-execution.ts");
    const { phaseChangeText } = await import("../cli/watch/phase-change.ts");
    const deployment = await this.deployment(flags);
    const asJson = this.envelope || this.format === "json";
    const { failure } = await followExecution(deployment.admin, executionTarget(args.execution, deployment), {
      signal: this.signal,
      onChange: (change) => {
        const line = asJson ? JSON.stringify(change) : phaseChangeText(change);
        if (line !== undefined) process.stdout.write(`${line}\n`);
      },
      onPolling: () => this.progress("this deployment has no watch stream; it is asked again and again instead"),
    });
    return failure ? { ...streamed, failure } : streamed;
  }
}
