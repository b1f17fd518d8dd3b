import * as Args from "@oclif/core/args";
import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";

export default class Deactivate extends ClientCommand {
  static override summary = "Make a launch plan inactive: its schedule, if it has one, ends.";
  static override description = "Executions that it has launched go on, and it can be launched still.";
  static override examples = [
    "<%= config.bin %> deactivate my.module.nightly",
    "<%= config.bin %> deactivate lp:flytesnacks:development:my.module.nightly:v2",
  ];
  static override args = {
    launchPlan: Args.string({ required: true, description: "URN, NAME or NAME:VERSION; the active version when none is given" }),
  };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Deactivate);
    const { setLaunchPlanState } = await import("../cli/answers/set-launch-plan-state.ts");
    const deployment = await this.deployment(flags);
    this.announce(deployment);
    return setLaunchPlanState(deployment, args.launchPlan, "INACTIVE");
  }
}
