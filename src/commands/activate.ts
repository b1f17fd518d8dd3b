import * as Args from "@oclif/core/args";
import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";

export default class Activate extends ClientCommand {
  static override summary = "Make a version of a launch plan the active one: its schedule, if it has one, begins.";
  static override description = "The version that was active until now is no longer, and its schedule ends.";
  static override examples = [
    "<%= config.bin %> activate my.module.nightly",
    "<%= config.bin %> activate lp:flytesnacks:development:my.module.nightly:v2",
  ];
  static override args = {
    launchPlan: Args.string({ required: true, description: "URN, NAME or NAME:VERSION; the latest version when none is given" }),
  };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Activate);
    const { setLaunchPlanState } = await import("../cli/answers/set-launch-plan-state.ts");
    const deployment = await this.deployment(flags);
    this.announce(deployment);
    return setLaunchPlanState(deployment, args.launchPlan, "ACTIVE");
  }
}
