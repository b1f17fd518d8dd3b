import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";

export default class CacheList extends ClientCommand {
  static override summary = "List what is cached: a dataset for each task, cache version and signature.";
  static override examples = ["<%= config.bin %> cache list", "<%= config.bin %> cache list my.module.my_task"];
  static override args = { task: Args.string({ description: "name of a task" }) };
  static override flags = {
    limit: Flags.integer({ summary: "At most so many.", default: 100, min: 1, max: 10_000 }),
    token: Flags.string({ summary: "Go on where the list before ended (its nextToken)." }),
  };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(CacheList);
    const { listCache } = await import("../../cli/cache/list-cache.ts");
    return listCache(await this.deployment(flags), args.task, flags, Date.now());
  }
}
