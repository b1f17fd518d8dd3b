import * as Args from "@oclif/core/args";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";
import { listFlags } from "../../cli/listing.ts";

export default class GetTaskExecution extends ClientCommand {
  static override summary = "Show an attempt of a task with its data, or list the attempts of a node.";
  static override examples = [
    "<%= config.bin %> get task-execution ne:flytesnacks:development:f6a4b2c:n0",
    "<%= config.bin %> get task-execution te:flytesnacks:development:f6a4b2c:n0:flytesnacks:development:my.task:v1:0",
  ];
  static override args = {
    target: Args.string({ required: true, description: "URN of a task execution; or of a node execution, to list its attempts" }),
  };
  static override flags = listFlags;

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GetTaskExecution);
    const { getTaskExecution } = await import("../../cli/answers/get-executions.ts");
    return getTaskExecution(await this.deployment(flags), args.target, flags, Date.now());
  }
}
