import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";

export default class CacheShow extends ClientCommand {
  static override summary = "Show what is cached of a task: keys, outputs and the execution they came from.";
  static override examples = [
    "<%= config.bin %> cache show my.module.my_task",
    "<%= config.bin %> cache show my.module.my_task --version 1.0-abc-def --json",
  ];
  static override args = { task: Args.string({ required: true, description: "name of a task, or URN" }) };
  static override flags = {
    version: Flags.string({ summary: "Only the dataset of this version, as `cache list` shows it." }),
    limit: Flags.integer({ summary: "At most so many artifacts of a dataset.", default: 100, min: 1, max: 10_000 }),
  };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(CacheShow);
    const { showCache } = await import("../../cli/cache/show-cache.ts");
    return showCache(await this.deployment(flags), args.task, flags, Date.now());
  }
}
