import * as Args from "@oclif/core/args";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";
import { listFlags } from "../../cli/listing.ts";

export default class GetExecution extends ClientCommand {
  static override summary = "Show an execution with its data and nodes, or list executions.";
  static override examples = [
    "<%= config.bin %> get execution",
    "<%= config.bin %> get execution --filter 'eq(phase,FAILED)' --limit 10",
    "<%= config.bin %> get execution f6a4b2c",
    "<%= config.bin %> get execution ex:flytesnacks:development:f6a4b2c -o json",
  ];
  static override args = { execution: Args.string({ description: "URN or name" }) };
  static override flags = listFlags;

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GetExecution);
    const { getExecution } = await import("../../cli/answers/get-executions.ts");
    return getExecution(await this.deployment(flags), args.execution, flags, Date.now());
  }
}
