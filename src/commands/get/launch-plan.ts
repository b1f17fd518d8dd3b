import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";
import { listFlags } from "../../cli/listing.ts";

export default class GetLaunchPlan extends ClientCommand {
  static override summary = "Show a launch plan, or list launch plans.";
  static override examples = [
    "<%= config.bin %> get launch-plan",
    "<%= config.bin %> get launch-plan my.module.my_workflow",
    "<%= config.bin %> get launch-plan my.module.my_workflow --versions -o urn",
    "<%= config.bin %> get launch-plan lp:flytesnacks:development:my.module.my_workflow:v1 -o yaml",
  ];
  static override args = { launchPlan: Args.string({ description: "URN, NAME or NAME:VERSION; the active version when none is given" }) };
  static override flags = { ...listFlags, versions: Flags.boolean({ summary: "List all versions of the named launch plan." }) };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GetLaunchPlan);
    const { getLaunchPlan } = await import("../../cli/answers/get-entities.ts");
    return getLaunchPlan(await this.deployment(flags), args.launchPlan, flags);
  }
}
