import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";
import { listFlags } from "../../cli/listing.ts";

export default class GetTask extends ClientCommand {
  static override summary = "Show a task, or list tasks.";
  static override examples = [
    "<%= config.bin %> get task",
    "<%= config.bin %> get task my.module.my_task",
    "<%= config.bin %> get task my.module.my_task --versions -o urn",
    "<%= config.bin %> get task tsk:flytesnacks:development:my.module.my_task:v1 -o yaml",
  ];
  static override args = { task: Args.string({ description: "URN, NAME or NAME:VERSION; the latest version when none is given" }) };
  static override flags = { ...listFlags, versions: Flags.boolean({ summary: "List all versions of the named task." }) };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GetTask);
    const { getTask } = await import("../../cli/answers/get-entities.ts");
    return getTask(await this.deployment(flags), args.task, flags);
  }
}
