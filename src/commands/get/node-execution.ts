import * as Args from "@oclif/core/args";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";
import { nodeListFlags } from "../../cli/listing.ts";

export default class GetNodeExecution extends ClientCommand {
  static override summary = "Show a node execution with its data and attempts, or list those of an execution.";
  static override examples = [
    "<%= config.bin %> get node-execution f6a4b2c",
    "<%= config.bin %> get node-execution ex:flytesnacks:development:f6a4b2c --filter 'eq(phase,FAILED)'",
    "<%= config.bin %> get node-execution ne:flytesnacks:development:f6a4b2c:n0",
  ];
  static override args = {
    target: Args.string({ required: true, description: "URN of a node execution; or URN or name of an execution, to list its nodes" }),
  };
  static override flags = nodeListFlags;

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GetNodeExecution);
    const { getNodeExecution } = await import("../../cli/answers/get-executions.ts");
    return getNodeExecution(await this.deployment(flags), args.target, flags, Date.now());
  }
}
