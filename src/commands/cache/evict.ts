import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";

export default class CacheEvict extends ClientCommand {
  static override summary = "Forget what is cached of a task, or the result of one node execution.";
  static override examples = [
    "<%= config.bin %> cache evict my.module.my_task --dry-run",
    "<%= config.bin %> cache evict my.module.my_task --version 1.0-abc-def",
    "<%= config.bin %> cache evict ne:f6a4b2c:n0",
  ];
  static override args = { target: Args.string({ required: true, description: "name or URN of a task, or URN of a node execution" }) };
  static override flags = {
    version: Flags.string({ summary: "Of a task, only the dataset of this version, as `cache list` shows it." }),
    "dry-run": Flags.boolean({ summary: "Only say what would be evicted." }),
  };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(CacheEvict);
    const { evictCache } = await import("../../cli/cache/evict-cache.ts");
    const deployment = await this.deployment(flags);
    if (!flags["dry-run"]) this.announce(deployment);
    return evictCache(deployment, args.target, { version: flags.version, dryRun: flags["dry-run"] });
  }
}
