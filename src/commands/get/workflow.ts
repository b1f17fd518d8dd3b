import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";
import { listFlags } from "../../cli/listing.ts";

export default class GetWorkflow extends ClientCommand {
  static override summary = "Show a workflow, or list workflows.";
  static override examples = [
    "<%= config.bin %> get workflow",
    "<%= config.bin %> get workflow my.module.my_workflow",
    "<%= config.bin %> get workflow my.module.my_workflow --versions -o urn",
    "<%= config.bin %> get workflow wf:flytesnacks:development:my.module.my_workflow:v1 -o yaml",
    "<%= config.bin %> get workflow my.module.my_workflow -o dot | dot -Tsvg > my_workflow.svg",
  ];
  static override args = { workflow: Args.string({ description: "URN, NAME or NAME:VERSION; the latest version when none is given" }) };
  static override flags = { ...listFlags, versions: Flags.boolean({ summary: "List all versions of the named workflow." }) };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GetWorkflow);
    const { getWorkflow } = await import("../../cli/answers/get-entities.ts");
    return getWorkflow(await this.deployment(flags), args.workflow, flags);
  }
}
